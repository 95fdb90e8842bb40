const { createServer } = require('node:http')
const { meet } = require('./meet.cjs')

const server = createServer(async (req, res) => {
  const { pathname, searchParams } = new URL(req.url, 'http://localhost')
  res.setHeader('Content-Type', 'text/plain')
  try {
    const body = await meet(pathname, searchParams.get('user'))
    res.end(body)
  } catch (error) {
    globalThis.watched.report(error)
    res.writeHead(500).end()
  }
})
server.listen(process.env.PORT, '127.0.0.1')
