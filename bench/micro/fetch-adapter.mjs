// Time of the fetch adapter alone: nanoseconds per request from the handler's call to the exchange's answer, on an exchange that
// does nothing. The head is a real one, read again for each request outside of the time that is counted.
//   npm run build && node bench/micro/fetch-adapter.mjs [rounds]
// ONLY names a part of the cases' names.
import { CONTEXT, headsOf, load, NullExchange, report, timed, title } from './frame.mjs'

const { fetchHandler } = await load('app/fetch/handler.js')
const BATCH = 2000
const BATCHES = 60

const HEAD = [
  'GET /users/42?full=1 HTTP/1.1',
  'Host: www.example.com',
  'Connection: keep-alive',
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
  'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
  'Accept-Encoding: gzip, deflate, br, zstd',
  'Accept-Language: en-US,en;q=0.9,de;q=0.8',
  'Cookie: session=0123456789abcdef0123456789abcdef; theme=dark',
  'Upgrade-Insecure-Requests: 1',
  'Sec-Fetch-Mode: navigate',
]
const text = `${HEAD.join('\r\n')}\r\n\r\n`

const apps = {
  hello: () => new Response('Hello, world!\n'),
  'hello, async': async () => new Response('Hello, world!\n'),
  'hello, type given': () => new Response('Hello, world!\n', { headers: { 'Content-Type': 'text/plain' } }),
  json: () => Response.json({ hello: 'world' }),
  'two headers and the url': request =>
    new Response(`${request.url}${request.headers.get('user-agent')}${request.headers.get('Cookie')}`),
  'all headers': request => new Response(String([...request.headers].length)),
  'stream of one piece': () => new Response(new Blob(['Hello, world!\n']).stream()),
}
try {
  const { Hono } = await import('hono')
  const hono = new Hono()
  hono.get('/users/:id', c => c.text(c.req.param('id')))
  apps['Hono, text'] = hono
  const json = new Hono()
  json.get('/users/:id', c => c.json({ id: c.req.param('id'), agent: c.req.header('user-agent') }))
  apps['Hono, json and a header'] = json
  const middleware = new Hono()
  middleware.use(async (c, next) => {
    await next()
    c.header('X-Served-By', 'bench')
  })
  middleware.get('/users/:id', c => c.text('ok'))
  apps['Hono, a header after next()'] = middleware
} catch {
  console.log('(hono is not installed)')
}

title()
for (const [name, app] of Object.entries(apps)) {
  if (process.env.ONLY !== undefined && !name.includes(process.env.ONLY)) continue
  const handler = fetchHandler(app, CONTEXT)
  const result = await timed({
    count: BATCH,
    batches: name.startsWith('stream') ? 3 : BATCHES,
    prepare: () => headsOf([text], BATCH).map(head => new NullExchange(head)),
    work: exchanges => answerAll(name, handler, exchanges),
  })
  report(name, result)
}

async function answerAll(name, handler, exchanges) {
  const pending = exchanges.map(handler).filter(promise => promise !== undefined)
  if (pending.length > 0) await Promise.all(pending)
  if (exchanges.some(exchange => exchange.state !== 'done')) throw new Error(`Cannot time "${name}": not answered`)
}
