// The own server of hono.mjs, which only exports.
import { serve } from '@hono/node-server'
import { app } from './hono-routes.mjs'

serve({ fetch: app.fetch, port: Number(process.env.PORT || 3000) })
