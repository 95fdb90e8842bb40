// What is asked of each framework, on its own server and on Starlight. A probe gives what it saw; both have to see the same.
import { frame, request, Wire } from './wire.mjs'

const JSON_TYPE = 'Content-Type: application/json'
const ORDER = JSON.stringify({ item: 'tea', amount: 2, note: 'grün' })
const BOUNDARY = '----boundary'
const UPLOAD = [
  `--${BOUNDARY}`,
  'Content-Disposition: form-data; name="title"',
  '',
  'a file',
  `--${BOUNDARY}`,
  'Content-Disposition: form-data; name="file"; filename="f.bin"',
  'Content-Type: application/octet-stream',
  '',
  'x'.repeat(20_000),
  `--${BOUNDARY}--`,
  '',
].join('\r\n')

/** Runs `talk` with a connection of its own. */
const talk = conversation => async port => {
  const wire = new Wire(port)
  try {
    return await conversation(wire, port)
  } finally {
    wire.end()
  }
}

/** One request, one answer. */
const ask = (line, options) =>
  talk(async wire => {
    wire.send(request(line, options))
    return await wire.answer(line.split(' ')[0])
  })

/** What every application has, whatever its routes are. `path`, asked with `fields`, answers 200. */
function general(path, fields) {
  const plain = { fields }
  const get = request(`GET ${path}`, plain)
  return {
    GET: ask(`GET ${path}`, plain),
    HEAD: ask(`HEAD ${path}`, plain),
    'HTTP/1.0': talk(async wire => {
      wire.send(request(`GET ${path}`, { fields, version: '1.0' }))
      const answer = await wire.answer()
      await wire.over()
      return answer
    }),
    'Connection: close': talk(async wire => {
      wire.send(request(`GET ${path}`, { fields: [...fields, 'Connection: close'] }))
      const answer = await wire.answer()
      await wire.over()
      return answer
    }),
    'two requests on a connection': talk(async wire => {
      const answers = []
      for (const bytes of [get, get]) {
        wire.send(bytes)
        answers.push(await wire.answer())
      }
      return answers
    }),
    pipelined: talk(async wire => {
      const lines = [`GET ${path}`, 'GET /nowhere', `HEAD ${path}`, `GET ${path}`]
      wire.send(Buffer.concat(lines.map(line => request(line, plain))))
      const answers = []
      for (const line of lines) answers.push(await wire.answer(line.split(' ')[0]))
      return answers
    }),
    'byte by byte': talk(async wire => {
      for (const byte of get) {
        wire.send(Buffer.from([byte]))
        await new Promise(resolve => setImmediate(resolve))
      }
      return await wire.answer()
    }),
    OPTIONS: ask(`OPTIONS ${path}`, plain),
    DELETE: ask(`DELETE ${path}`, plain),
    404: ask('GET /nowhere/at%20all?x=1'),
    'accept and language': ask(`GET ${path}`, {
      fields: [
        ...fields,
        'Accept: text/html, */*;q=0.5',
        'Accept-Language: de',
        'User-Agent: Mozilla/5.0',
        'Cookie: a=1; b=2',
      ],
    }),
    'clients that leave': leaving(path, plain),
  }
}

/** Those behind them get what they ask for. */
function leaving(path, plain) {
  return async port => {
    const partial = request('POST /json', { fields: [JSON_TYPE], body: ORDER }).subarray(0, -5)
    for (const bytes of [partial, request(`GET ${path}`, plain), request('GET /events'), request('GET /stream')]) {
      const wire = new Wire(port)
      wire.send(bytes)
      // Until the server has had the bytes, as an answer to a request behind them shows.
      await ask(`GET ${path}`, plain)(port)
      wire.leave()
    }
    return await ask(`GET ${path}`, plain)(port)
  }
}

/** Route -> its probes. */
const ROUTES = {
  json: {
    'JSON out, query in': ask('GET /json?a=1&b=x%20y&c=%C3%BC'),
    'JSON in': ask('POST /json', { fields: [JSON_TYPE], body: ORDER }),
    'JSON in chunks': ask('POST /json', { fields: [JSON_TYPE], body: ORDER, chunked: true }),
    '60 kB of JSON': ask('POST /json', { fields: [JSON_TYPE], body: JSON.stringify({ text: 'y'.repeat(60_000) }) }),
    'Expect: 100-continue': talk(async wire => {
      const whole = request('POST /json', { fields: [JSON_TYPE, 'Expect: 100-continue'], body: ORDER })
      const length = Buffer.byteLength(ORDER)
      wire.send(whole.subarray(0, -length))
      const interim = await wire.answer()
      wire.send(whole.subarray(-length))
      return [interim, await wire.answer()]
    }),
    'broken JSON': ask('POST /json', { fields: [JSON_TYPE], body: '{"item":' }),
  },
  form: {
    form: ask('POST /form', {
      fields: ['Content-Type: application/x-www-form-urlencoded'],
      body: 'name=J%C3%BCrgen+M&amount=2',
    }),
  },
  upload: {
    multipart: ask('POST /upload', {
      fields: [`Content-Type: multipart/form-data; boundary=${BOUNDARY}`],
      body: UPLOAD,
    }),
    'multipart in chunks': ask('POST /upload', {
      fields: [`Content-Type: multipart/form-data; boundary=${BOUNDARY}`],
      body: UPLOAD,
      chunked: true,
    }),
  },
  stream: {
    stream: ask('GET /stream'),
    'stream, HTTP/1.0': ask('GET /stream', { version: '1.0' }),
    'stream, HEAD': ask('HEAD /stream'),
  },
  events: { 'server-sent events': ask('GET /events', { fields: ['Accept: text/event-stream'] }) },
  cookies: { cookies: ask('GET /cookies', { fields: ['Cookie: x=1; y=2'] }) },
  redirect: { redirect: ask('GET /redirect') },
  file: {
    file: ask('GET /file.txt'),
    'file, HEAD': ask('HEAD /file.txt'),
    'Range: first bytes': ask('GET /file.txt', { fields: ['Range: bytes=0-9'] }),
    'Range: last bytes': ask('GET /file.txt', { fields: ['Range: bytes=-10'] }),
    'Range beyond the end': ask('GET /file.txt', { fields: ['Range: bytes=999999-'] }),
    'If-None-Match': talk(async (wire, port) => {
      const { fields } = await ask('GET /file.txt')(port)
      const { etag = '"none"', 'last-modified': date } = Object.fromEntries(fields)
      wire.send(request('GET /file.txt', { fields: [`If-None-Match: ${etag}`, `If-Modified-Since: ${date}`] }))
      return await wire.answer()
    }),
  },
  error: { error: ask('GET /error') },
}

/** Probes that show a refusal, or may: several frameworks have HEAD only where they are told. */
const REFUSALS = new Set([
  '404',
  'DELETE',
  'HEAD',
  'stream, HEAD',
  'OPTIONS',
  'broken JSON',
  'Range beyond the end',
  'error',
])

/** RFC 6455: the answer to this key is in section 1.3. */
const UPGRADE = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
]

/** A text is sent and answered, a ping as well, and the end is agreed. `says` are texts: what is sent, `undefined` for one that comes. */
function webSocket(path, says) {
  return talk(async wire => {
    wire.send(request(`GET ${path}`, { fields: UPGRADE }))
    const seen = [await wire.answer()]
    for (const text of says) {
      if (text !== undefined) wire.send(frame(1, text))
      else seen.push(await wire.frame())
    }
    wire.send(frame(9, 'p'))
    seen.push(await wire.frame())
    wire.send(frame(8, Buffer.from([0x03, 0xe8])))
    seen.push(await wire.frame())
    await wire.over()
    return seen
  })
}

/**
 * The probes of a framework: `[{ name, run(port), refuses }]`. Its `path` answers 200, with `fields`; `routes` are those above that it has; `webSocket` is
 * `[path, says]`; `requests` are its own: name -> `[line, options]`.
 */
export function probesOf({ path = '/', fields = [], routes = [], webSocket: socket, requests = {} }) {
  const named = {
    ...general(path, fields),
    ...Object.assign({}, ...routes.map(route => ROUTES[route])),
    ...Object.fromEntries(Object.entries(requests).map(([name, [line, options]]) => [name, ask(line, options)])),
    ...(socket === undefined ? {} : { WebSocket: webSocket(socket[0], socket[1] ?? ['hello', undefined]) }),
  }
  return Object.entries(named).map(([name, run]) => ({
    name,
    run,
    refuses: REFUSALS.has(name) || /^refused/.test(name),
  }))
}
