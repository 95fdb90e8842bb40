import express from 'express'
import { handler } from './build/server/entry.mjs'

const app = express()
app.use(express.static('build/client/'))
app.use(handler)
app.listen(process.env.PORT)
