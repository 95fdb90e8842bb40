// Fastify: export the instance and leave out `fastify.listen()`. Its plugins are ready before the first request.
//
//   npx starlight examples/fastify.ts
import Fastify from 'fastify'

const app = Fastify()

app.get('/', async () => 'Hello from Fastify\n')
app.post('/echo', async request => request.body)

export default app
