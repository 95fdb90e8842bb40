import Koa from 'koa'
import { counted, LARGE, sizeOf, TEXT } from './work.mjs'

const app = new Koa()
app.use(async ctx => {
  if (ctx.method === 'PUT') {
    ctx.body = await sizeOf(ctx.req)
    return
  }
  if (ctx.method !== 'POST') {
    ctx.type = 'text/plain'
    ctx.body = LARGE[ctx.path] ?? TEXT
    return
  }
  let text = ''
  for await (const piece of ctx.req.setEncoding('latin1')) text += piece
  ctx.type = 'application/json'
  ctx.body = counted(text)
})
export default app
