import { WebSocketServer } from 'ws'

const wss = new WebSocketServer({ port: Number(process.env.PORT || 8080) })

wss.on('connection', socket => {
  socket.on('error', console.error)
  socket.on('message', data => socket.send(`you: ${data}`))
})
