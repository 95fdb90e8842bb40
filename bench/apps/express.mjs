import express from 'express'
import { counted, LARGE, sizeOf, TEXT } from './work.mjs'

const app = express()
app.get('/', (_req, res) => res.type('text').send(TEXT))
for (const [path, body] of Object.entries(LARGE)) app.get(path, (_req, res) => res.type('text').send(body))
app.put('/upload', async (req, res) => res.type('text').send(await sizeOf(req)))
app.post('/json', express.text({ type: () => true, limit: '1mb' }), (req, res) =>
  res.type('json').send(counted(req.body)),
)
export default app
