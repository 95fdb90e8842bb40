const restify = require('restify')

const server = restify.createServer()
server.use(restify.plugins.queryParser())
server.use(restify.plugins.bodyParser())
server.get('/', (req, res, next) => {
  res.send('Hello World!')
  next()
})
server.get('/json', (req, res, next) => {
  res.send({ hello: 'world', query: req.query })
  next()
})
server.post('/json', (req, res, next) => {
  res.send(201, req.body)
  next()
})
server.get('/redirect', (req, res, next) => res.redirect('/json', next))
server.get('/error', (req, res, next) => next(new Error('broken')))
server.listen(process.env.PORT || 8080)
