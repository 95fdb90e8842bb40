import { counted, LARGE, TEXT } from './work.mjs'

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
  const body = LARGE[req.url] ?? TEXT
  res.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': body.length }).end(body)
}
