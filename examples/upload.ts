// An upload of any size: the body is read piece by piece and never held as a whole. What is too large for the server is
// refused with 413 (--limit-request-body, 128 MiB unless you say otherwise).
//
//   npx starlight examples/upload.ts
//   curl -T some.file http://127.0.0.1:5000/
import { createHash } from 'node:crypto'

export async function fetch(request: Request): Promise<Response> {
  if (request.body === null) return new Response('Send me a body\n', { status: 400 })
  const hash = createHash('sha256')
  let bytes = 0
  for await (const piece of request.body) {
    hash.update(piece)
    bytes += piece.length
  }
  return Response.json({ bytes, sha256: hash.digest('hex') })
}
