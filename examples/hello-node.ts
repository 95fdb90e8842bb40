// Node style: what you would give to http.createServer. The objects are Node's own.
//
//   npx starlight examples/hello-node.ts
import type { IncomingMessage, ServerResponse } from 'node:http'

export default function app(req: IncomingMessage, res: ServerResponse): void {
  res.setHeader('Content-Type', 'text/plain; charset=utf-8')
  res.end(`Hello from Node style, you asked for ${req.url}\n`)
}
