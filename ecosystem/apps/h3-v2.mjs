import { readFile, stat } from 'node:fs/promises'
import { createEventStream, defineHandler, H3, readBody, redirect, serve, serveStatic, setCookie } from 'h3'

const folder = new URL('../public', import.meta.url).pathname

const app = new H3()
  .get('/', () => 'Hello World!')
  .get('/json', event => ({ hello: 'world', query: Object.fromEntries(event.url.searchParams) }))
  .post('/json', async event => {
    event.res.status = 201
    return await readBody(event)
  })
  .post('/form', event => readBody(event))
  .post('/upload', async event => {
    const form = await event.req.formData()
    return { title: form.get('title'), size: form.get('file').size }
  })
  .get('/stream', event => {
    event.res.headers.set('Content-Type', 'text/plain')
    return ReadableStream.from(['one\n', 'two\n', 'three\n'].map(text => new TextEncoder().encode(text)))
  })
  .get('/events', event => {
    const events = createEventStream(event)
    const push = async () => {
      for (const data of ['1', '2', '3']) await events.push(data)
      await events.close()
    }
    setTimeout(push, 10)
    return events.send()
  })
  .get('/cookies', event => {
    setCookie(event, 'a', '1')
    setCookie(event, 'b', 'two words', { httpOnly: true })
    return { cookie: event.req.headers.get('Cookie') }
  })
  .get('/redirect', () => redirect('/json'))
  .get('/error', () => {
    throw new Error('broken')
  })
  .get(
    '/file.txt',
    defineHandler(event =>
      serveStatic(event, {
        getContents: id => readFile(`${folder}${id}`),
        getMeta: async id => {
          const { size, mtimeMs } = await stat(`${folder}${id}`)
          return { size, mtime: mtimeMs, type: 'text/plain' }
        },
      }),
    ),
  )

serve(app, { port: process.env.PORT || 3000 })
