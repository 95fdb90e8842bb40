import { Readable } from 'node:stream'
import { bodyParser } from '@koa/bodyparser'
import Router from '@koa/router'
import Koa from 'koa'
import serve from 'koa-static'

const app = new Koa()
const router = new Router()

router.get('/', ctx => {
  ctx.body = 'Hello World!'
})
router.get('/json', ctx => {
  ctx.body = { hello: 'world', query: ctx.query }
})
router.post('/json', ctx => {
  ctx.status = 201
  ctx.body = ctx.request.body
})
router.post('/form', ctx => {
  ctx.body = ctx.request.body
})
router.get('/stream', ctx => {
  ctx.type = 'text'
  ctx.body = Readable.from(['one\n', 'two\n', 'three\n'])
})
router.get('/events', ctx => {
  async function* events() {
    for (const count of [1, 2, 3]) {
      await new Promise(resolve => setTimeout(resolve, 10))
      yield `data: ${count}\n\n`
    }
  }
  ctx.type = 'text/event-stream'
  ctx.body = Readable.from(events())
})
router.get('/cookies', ctx => {
  ctx.cookies.set('a', '1')
  ctx.cookies.set('b', 'two')
  ctx.body = { cookie: ctx.get('Cookie') }
})
router.get('/redirect', ctx => ctx.redirect('/json'))
router.get('/error', () => {
  throw new Error('broken')
})

app.use(bodyParser())
app.use(serve(new URL('../public', import.meta.url).pathname))
app.use(router.routes()).use(router.allowedMethods())
app.listen(process.env.PORT || 3000)
