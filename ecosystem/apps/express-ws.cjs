const express = require('express')
const app = express()
require('express-ws')(app)

app.get('/', (req, res) => res.send('Hello World!'))
app.ws('/ws', socket => {
  socket.on('message', message => socket.send(`you: ${message}`))
})

app.listen(process.env.PORT || 3000)
