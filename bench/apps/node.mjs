import { block, counted, LARGE, sizeOf, TEXT } from './work.mjs'

export default (req, res) => {
  if (req.method === 'POST') {
    let text = ''
    req.setEncoding('latin1').on('data', piece => {
      text += piece
    })
    req.on('end', () => {
      const body = counted(text)
      res.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': body.length }).end(body)
    })
    return
  }
  if (req.method === 'PUT') return void sizeOf(req).then(size => res.end(size))
  if (req.url === '/slow') block()
  const body = LARGE[req.url] ?? TEXT
  res.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': body.length }).end(body)
}
