import { app } from './hono-routes.mjs'

export default app
