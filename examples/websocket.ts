// WebSockets with the ws package: the http.Server of the application gets the upgrade requests. It never listens itself.
//
//   npx starlight examples/websocket.ts
import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'

const server = createServer((_req, res) => {
  res.writeHead(426, { 'Content-Type': 'text/plain', Upgrade: 'websocket' }).end('Speak WebSocket to me\n')
})

new WebSocketServer({ server }).on('connection', socket => {
  socket.send('hello')
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
})

export default server
