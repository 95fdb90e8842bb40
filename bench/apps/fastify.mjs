import Fastify from 'fastify'
import { counted, LARGE, sizeOf, TEXT } from './work.mjs'

const app = Fastify()
// As text, like everywhere here: the parser of the application does the rest.
app.removeAllContentTypeParsers()
app.addContentTypeParser('*', { parseAs: 'string' }, (_req, body, done) => done(null, body))
app.addContentTypeParser('application/octet-stream', (_req, payload, done) => done(null, payload))
app.get('/', async (_req, reply) => reply.type('text/plain').send(TEXT))
for (const [path, body] of Object.entries(LARGE))
  app.get(path, async (_req, reply) => reply.type('text/plain').send(body))
app.put('/upload', { bodyLimit: 1 << 30 }, (req, _reply) => sizeOf(req.body))
app.post('/json', async (req, reply) => reply.type('application/json').send(counted(req.body)))
export default app
