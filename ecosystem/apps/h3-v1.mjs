import { createServer } from 'node:http'
import { Readable } from 'node:stream'
import {
  createApp,
  createRouter,
  defineEventHandler,
  getQuery,
  getRequestHeader,
  readBody,
  readMultipartFormData,
  sendRedirect,
  sendStream,
  setCookie,
  setResponseStatus,
  toNodeListener,
} from 'h3v1'

const app = createApp()
const router = createRouter()
app.use(router)

router
  .get(
    '/',
    defineEventHandler(() => 'Hello World!'),
  )
  .get(
    '/json',
    defineEventHandler(event => ({ hello: 'world', query: getQuery(event) })),
  )
  .post(
    '/json',
    defineEventHandler(async event => {
      setResponseStatus(event, 201)
      return await readBody(event)
    }),
  )
  .post(
    '/form',
    defineEventHandler(event => readBody(event)),
  )
  .post(
    '/upload',
    defineEventHandler(async event => {
      const [title, file] = await readMultipartFormData(event)
      return { title: String(title.data), size: file.data.length }
    }),
  )
  .get(
    '/stream',
    defineEventHandler(event => sendStream(event, Readable.from(['one\n', 'two\n', 'three\n']))),
  )
  .get(
    '/cookies',
    defineEventHandler(event => {
      setCookie(event, 'a', '1')
      setCookie(event, 'b', 'two words', { httpOnly: true })
      return { cookie: getRequestHeader(event, 'Cookie') }
    }),
  )
  .get(
    '/redirect',
    defineEventHandler(event => sendRedirect(event, '/json')),
  )
  .get(
    '/error',
    defineEventHandler(() => {
      throw new Error('broken')
    }),
  )

createServer(toNodeListener(app)).listen(process.env.PORT || 3000)
