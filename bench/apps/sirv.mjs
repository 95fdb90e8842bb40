// Files by sirv on node:http. Usage: node sirv.mjs PORT DIRECTORY
import { createServer } from 'node:http'
import sirv from 'sirv'

const [, , port, directory] = process.argv
const files = sirv(directory, { etag: true })
createServer((req, res) => files(req, res, () => res.writeHead(404).end())).listen(Number(port), '127.0.0.1')
