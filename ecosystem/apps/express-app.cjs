// The application of both Express 4 and Express 5.
const path = require('node:path')
const { Readable } = require('node:stream')
const multer = require('multer')

module.exports = express => {
  const app = express()
  const upload = multer()

  app.use(express.json())
  app.use(express.urlencoded({ extended: true }))
  app.use(express.static(path.join(__dirname, '..', 'public')))

  app.get('/', (req, res) => res.send('Hello World!'))
  app.get('/json', (req, res) => res.json({ hello: 'world', query: req.query }))
  app.post('/json', (req, res) => res.status(201).json(req.body))
  app.post('/form', (req, res) => res.json(req.body))
  app.post('/upload', upload.single('file'), (req, res) => res.json({ title: req.body.title, size: req.file.size }))
  app.get('/stream', (req, res) => Readable.from(['one\n', 'two\n', 'three\n']).pipe(res.type('text')))
  app.get('/events', (req, res) => {
    res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' })
    res.flushHeaders()
    let count = 0
    const timer = setInterval(() => {
      res.write(`data: ${++count}\n\n`)
      if (count === 3) res.end()
    }, 10)
    res.on('close', () => clearInterval(timer))
  })
  app.get('/cookies', (req, res) => {
    res.cookie('a', '1').cookie('b', 'two words', { httpOnly: true }).json({ cookie: req.get('Cookie') })
  })
  app.get('/redirect', (req, res) => res.redirect('/json'))
  app.get('/error', () => {
    throw new Error('broken')
  })

  const port = process.env.PORT || 3000
  app.listen(port, () => console.log(`Example app listening on port ${port}`))
}
