// A Hono app is an object with `fetch`: export it, there is nothing to adapt.
//
//   npx starlight examples/hono.ts
import { Hono } from 'hono'

const app = new Hono()

app.get('/', c => c.text('Hello from Hono\n'))
app.get('/users/:id', c => c.json({ id: c.req.param('id') }))
app.post('/echo', async c => c.json(await c.req.json()))

export default app
