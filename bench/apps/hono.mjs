import { Hono } from 'hono'
import { counted, LARGE, TEXT } from './work.mjs'

const app = new Hono()
app.get('/', c => c.text(TEXT))
for (const [path, body] of Object.entries(LARGE)) app.get(path, c => c.body(body))
app.post('/json', async c => c.body(counted(await c.req.text())))
export default app
