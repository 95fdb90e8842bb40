import { Hono } from 'hono'
import { counted, LARGE, sizeOf, TEXT } from './work.mjs'

const app = new Hono()
app.get('/', c => c.text(TEXT))
for (const [path, body] of Object.entries(LARGE)) app.get(path, c => c.body(body))
app.put('/upload', async c => c.body(await sizeOf(c.req.raw.body)))
app.post('/json', async c => c.body(counted(await c.req.text())))
export default app
