import './watch.mjs'
import express from 'express'
import { meet } from './meet.cjs'

const app = express()
for (const path of ['/meet', '/broken']) app.get(path, async (req, res) => res.send(await meet(path, req.query.user)))
globalThis.watched.express?.(app)
app.listen(process.env.PORT, '127.0.0.1')
