// The web standard: a Request comes in, a Response goes out. Runs unchanged on Deno, Bun and Workers.
//
//   npx starlight examples/hello-fetch.ts
//   curl -d 'some text' http://127.0.0.1:5000/
import type { FetchInfo } from 'starlight-server'

export default {
  async fetch(request: Request, info: FetchInfo): Promise<Response> {
    if (request.method === 'POST') return new Response(`You sent: ${await request.text()}\n`)
    const { pathname } = new URL(request.url)
    return Response.json({ hello: pathname, from: info.remoteAddress })
  },
}
