import { node } from '@elysiajs/node'
import { Elysia, sse } from 'elysia'

new Elysia({ adapter: node() })
  .get('/', () => 'Hello Elysia')
  .get('/json', ({ query }) => ({ hello: 'world', query }))
  .post('/json', ({ body, set }) => {
    set.status = 201
    return body
  })
  .post('/form', ({ body }) => body)
  .post('/upload', ({ body }) => ({ title: body.title, size: body.file.size }))
  .get('/events', async function* () {
    for (const count of [1, 2, 3]) yield sse(String(count))
  })
  .get('/cookies', ({ cookie: { a, b }, request }) => {
    a.value = '1'
    b.set({ value: 'two', httpOnly: true })
    return { cookie: request.headers.get('Cookie') }
  })
  .get('/redirect', ({ redirect }) => redirect('http://localhost/json'))
  .get('/error', () => {
    throw new Error('broken')
  })
  .listen(Number(process.env.PORT || 3000))
