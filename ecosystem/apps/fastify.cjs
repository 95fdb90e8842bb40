const path = require('node:path')
const { Readable } = require('node:stream')
const fastify = require('fastify')()

fastify.register(require('@fastify/cookie'))
fastify.register(require('@fastify/formbody'))
fastify.register(require('@fastify/multipart'))
fastify.register(require('@fastify/websocket'))
fastify.register(require('@fastify/static'), { root: path.join(__dirname, '..', 'public') })

fastify.get('/', async () => 'Hello World!')
fastify.get('/json', async request => ({ hello: 'world', query: request.query }))
fastify.post('/json', async (request, reply) => reply.code(201).send(request.body))
fastify.post('/form', async request => request.body)
fastify.post('/upload', async request => {
  const file = await request.file()
  const { length: size } = await file.toBuffer()
  return { title: file.fields.title.value, size }
})
fastify.get('/stream', (request, reply) => reply.type('text/plain').send(Readable.from(['one\n', 'two\n', 'three\n'])))
fastify.get('/events', (request, reply) => {
  async function* events() {
    for (const count of [1, 2, 3]) {
      await new Promise(resolve => setTimeout(resolve, 10))
      yield `data: ${count}\n\n`
    }
  }
  return reply.type('text/event-stream').send(Readable.from(events()))
})
fastify.get('/cookies', async (request, reply) => {
  reply.setCookie('a', '1').setCookie('b', 'two words', { httpOnly: true })
  return { cookie: request.headers.cookie }
})
fastify.get('/redirect', (request, reply) => reply.redirect('/json'))
fastify.get('/error', async () => {
  throw new Error('broken')
})
fastify.register(async instance => {
  instance.get('/ws', { websocket: true }, socket => {
    socket.on('message', message => socket.send(`you: ${message}`))
  })
})

fastify.listen({ port: process.env.PORT || 3000, host: '0.0.0.0' }, error => {
  if (error) throw error
})
