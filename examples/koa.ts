// Koa: export the app and leave out `app.listen()`.
//
//   npx starlight examples/koa.ts
import Koa from 'koa'

const app = new Koa()

app.use(async (ctx, next) => {
  const started = performance.now()
  await next()
  ctx.set('X-Response-Time', `${Math.round(performance.now() - started)} ms`)
})
app.use(ctx => {
  ctx.body = 'Hello from Koa\n'
})

export default app
