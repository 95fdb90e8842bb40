// Express: export the app and leave out `app.listen()`.
//
//   npx starlight examples/express.ts
import express from 'express'

const app = express()
app.use(express.json())

app.get('/', (_req, res) => {
  res.type('text').send('Hello from Express\n')
})
app.post('/echo', (req, res) => {
  res.json(req.body)
})

export default app
