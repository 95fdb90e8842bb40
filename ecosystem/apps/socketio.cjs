const { createServer } = require('node:http')
const express = require('express')
const { Server } = require('socket.io')

const app = express()
const server = createServer(app)
const io = new Server(server)

app.get('/', (req, res) => res.send('<h1>Hello world</h1>'))

io.on('connection', socket => {
  socket.on('chat message', (text, reply) => reply(`you: ${text}`))
})

server.listen(process.env.PORT || 3000)
