import { createRequestHandler } from '@react-router/express'
import express from 'express'

const app = express()
app.disable('x-powered-by')
app.use('/assets', express.static('build/client/assets', { immutable: true, maxAge: '1y' }))
app.use(express.static('build/client', { maxAge: '1h' }))
app.use(createRequestHandler({ build: () => import('./build/server/index.js') }))
app.listen(process.env.PORT || 3000)
