// What the servers are asked, as scripts for wrk. Connections: enough to keep one core busy, few enough to fit its cache.
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
const json = bytes => `wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
local items = {}
for i = 1, ${Math.floor(bytes / 32)} do items[i] = '"item number ' .. string.format("%016d", i) .. '"' end
wrk.body = '{"items":[' .. table.concat(items, ",") .. ']}'
`

export const LOADS = {
  plain: { path: '/', connections: 32 },
  realistic: { path: '/', connections: 32, script: BROWSER },
  'pipelined x16': {
    path: '/',
    connections: 32,
    script: `init = function(args)
  local requests = {}
  for i = 1, 16 do requests[i] = wrk.format("GET", "/") end
  batch = table.concat(requests)
end
request = function() return batch end
`,
  },
  'post 1 kB': { path: '/json', connections: 32, script: json(1024), isForFloor: false },
  'post 64 kB': { path: '/json', connections: 32, script: json(65_536), isForFloor: false },
  '100 kB': { path: '/100k', connections: 16, isForFloor: false },
  '1 MiB': { path: '/1m', connections: 8, isForFloor: false },
  'new connection': { path: '/', connections: 32, fields: ['Connection: close'], isForFloor: false },
}
