import { serve, upgradeWebSocket } from '@hono/node-server'
import { serveStatic } from '@hono/node-server/serve-static'
import { WebSocketServer } from 'ws'
import { app } from './hono-routes.mjs'

app.get(
  '/ws',
  upgradeWebSocket(() => ({ onMessage: (event, socket) => socket.send(`you: ${event.data}`) })),
)
app.get('/file.txt', serveStatic({ root: new URL('../public', import.meta.url).pathname }))

serve({
  fetch: app.fetch,
  port: Number(process.env.PORT || 3000),
  websocket: { server: new WebSocketServer({ noServer: true }) },
})
