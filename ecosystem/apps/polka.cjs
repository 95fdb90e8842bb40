const path = require('node:path')
const polka = require('polka')
const sirv = require('sirv')

polka()
  .use(sirv(path.join(__dirname, '..', 'public'), { etag: true }))
  .get('/', (req, res) => res.end('Hello World!'))
  .get('/json', (req, res) => {
    res.writeHead(200, { 'Content-Type': 'application/json' })
    res.end(JSON.stringify({ hello: 'world', query: req.query }))
  })
  .listen(process.env.PORT || 3000, error => {
    if (error) throw error
  })
