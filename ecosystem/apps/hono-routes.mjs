// What both forms of the Hono application share.
import { Hono } from 'hono'
import { setCookie } from 'hono/cookie'
import { stream, streamSSE } from 'hono/streaming'

export const app = new Hono()

app.get('/', c => c.text('Hello World!'))
app.get('/json', c => c.json({ hello: 'world', query: c.req.query() }))
app.post('/json', async c => c.json(await c.req.json(), 201))
app.post('/form', async c => c.json(await c.req.parseBody()))
app.post('/upload', async c => {
  const { title, file } = await c.req.parseBody()
  return c.json({ title, size: file.size })
})
app.get('/stream', c => {
  c.header('Content-Type', 'text/plain')
  return stream(c, async out => {
    for (const text of ['one\n', 'two\n', 'three\n']) await out.write(text)
  })
})
app.get('/events', c =>
  streamSSE(c, async out => {
    for (const data of ['1', '2', '3']) {
      await out.writeSSE({ data })
      await out.sleep(10)
    }
  }),
)
app.get('/cookies', c => {
  setCookie(c, 'a', '1')
  setCookie(c, 'b', 'two words', { httpOnly: true })
  return c.json({ cookie: c.req.header('Cookie') })
})
app.get('/redirect', c => c.redirect('/json'))
app.get('/error', () => {
  throw new Error('broken')
})
