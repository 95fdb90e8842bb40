// What the servers are asked. Connections: enough to keep one core busy, few enough to fit its cache.
import { h2load } from './h2load.mjs'
import { handshakes, latencyAtHalf, paced, upload, withEvents, withIdle } from './special-loads.mjs'
import { wrk } from './wrk.mjs'

const BROWSER = `wrk.headers = {
  ["Host"] = "shop.example.com", ["Connection"] = "keep-alive", ["Cache-Control"] = "max-age=0",
  ["sec-ch-ua"] = '"Chromium";v="148", "Not=A?Brand";v="24"', ["sec-ch-ua-mobile"] = "?0", ["sec-ch-ua-platform"] = '"Linux"',
  ["Upgrade-Insecure-Requests"] = "1", ["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/148.0.0.0 Safari/537.36",
  ["Accept"] = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
  ["Accept-Encoding"] = "gzip, deflate, br, zstd", ["Accept-Language"] = "en-GB,en;q=0.9,de;q=0.8",
  ["Referer"] = "https://shop.example.com/catalogue/lamps?page=3",
  ["Cookie"] = "session=9f8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c; theme=dark; _ga=GA1.2.1234567890.1700000000; consent=all"
}
`
/** No request has the same fields as one of the 63 before it, on whatever connections they are. */
const FIELDS_DIFFER = `${BROWSER}
local requests, count = {}, 0
init = function(args)
  for i = 0, 63 do
    wrk.headers["Referer"] = "https://shop.example.com/catalogue/lamps?page=" .. 1000 + i
    requests[i] = wrk.format("GET", "/")
  end
end
request = function()
  count = count + 1
  return requests[count % 64]
end
`
const json = bytes => `wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
local items = {}
for i = 1, ${Math.floor(bytes / 32)} do items[i] = '"item number ' .. string.format("%016d", i) .. '"' end
wrk.body = '{"items":[' .. table.concat(items, ",") .. ']}'
`

const PIPELINED = `init = function(args)
  local requests = {}
  for i = 1, 16 do requests[i] = wrk.format("GET", "/") end
  batch = table.concat(requests)
end
request = function() return batch end
`
const ONE_IN_TEN_SLOW = `local fast, slow, count = nil, nil, 0
init = function(args) fast, slow = wrk.format("GET", "/"), wrk.format("GET", "/slow") end
request = function()
  count = count + 1
  return count % 10 == 0 and slow or fast
end
`
const MIB = 1024 * 1024
const CLOSE = { fields: ['Connection: close'], closes: true }

export const LOADS = {
  plain: wrk({}),
  realistic: wrk({ script: BROWSER }),
  'realistic, fields differ': wrk({ script: FIELDS_DIFFER }),
  'pipelined x16': wrk({ script: PIPELINED }),
  'post 1 kB': wrk({ path: '/json', script: json(1024) }),
  'post 64 kB': wrk({ path: '/json', script: json(65_536), bytes: 65_536 }),
  '100 kB': wrk({ path: '/100k', connections: 16, bytes: 100 * 1024 }),
  '1 MiB': wrk({ path: '/1m', connections: 8, bytes: MIB }),
  'upload 100 MiB': upload(100 * MIB),
  'new connection': wrk(CLOSE),
}
/** As Chromium sends them over HTTP/2. */
const BROWSER_FIELDS = [...BROWSER.matchAll(/\["(.+?)"\] = (["'])(.*?)\2/g)]
  .map(([, name, , value]) => [name.toLowerCase(), value])
  .filter(([name]) => name !== 'host' && name !== 'connection')
  .map(field => field.join(': '))
export const H2_LOADS = { 'h2 plain': h2load({}), 'h2 realistic': h2load({ fields: BROWSER_FIELDS }) }
export const H2C_LOADS = { 'h2c plain': h2load({}), 'h2c realistic': h2load({ fields: BROWSER_FIELDS }) }
/** What a proxy adds: one hop. */
export const TRUST_LOADS = {
  'one hop': wrk({ fields: ['X-Forwarded-For: 203.0.113.7', 'X-Forwarded-Proto: https'] }),
}
/** What the floor, which reads nothing, can be given. */
export const FLOOR_LOADS = ['plain', 'realistic', 'pipelined x16']

export const TLS_LOADS = {
  'tls kept': wrk({}),
  'tls handshake': handshakes(false),
  'tls resumed': handshakes(true),
}
export const MIX_LOADS = {
  'mix at 2,000/s': paced({ rate: 2000, connections: 64, slowEvery: 10 }),
  'mix at full load': wrk({ connections: 64, script: ONE_IN_TEN_SLOW }),
}
export const IDLE_LOADS = { '10,000 idle': withIdle(10_000, wrk({ connections: 64 })) }
export const HALF_LOADS = {
  'half load': latencyAtHalf(wrk({})),
  'same rate': paced({ rate: 12_000, connections: 32 }),
}
export const BODY_LOADS = {
  'ten pieces at once': wrk({ path: '/at-once' }),
  'ten pieces one by one': wrk({ path: '/one-by-one' }),
  'ten pieces of a generator': wrk({ path: '/generator' }),
  'Blob of 100 kB': wrk({ path: '/blob', connections: 16 }),
  'file of 1 MiB': wrk({ path: '/file', connections: 8 }),
  'JSON of 1 kB': wrk({ path: '/json-1k' }),
  'JSON of 10 kB': wrk({ path: '/json-10k' }),
  'JSON of 100 kB': wrk({ path: '/json-100k', connections: 16 }),
}
export const EVENT_LOADS = { '1,000 event streams': withEvents(1000, '/events') }
export const PERL_LOADS = { plain: wrk({ closes: true }), 'new connection': wrk(CLOSE) }
export const PERL_BODY_LOADS = {
  'post 64 kB': wrk({ path: '/json', script: json(65_536), bytes: 65_536, closes: true }),
  '1 MiB': wrk({ path: '/1m', connections: 8, bytes: MIB, closes: true }),
}
