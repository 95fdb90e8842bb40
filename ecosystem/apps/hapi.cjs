const path = require('node:path')
const { Readable } = require('node:stream')
const Hapi = require('@hapi/hapi')

const folder = path.join(__dirname, '..', 'public')

const init = async () => {
  const server = Hapi.server({ port: process.env.PORT || 3000, host: 'localhost', routes: { files: { relativeTo: folder } } })
  await server.register(require('@hapi/inert'))

  server.route([
    { method: 'GET', path: '/', handler: () => 'Hello World!' },
    { method: 'GET', path: '/json', handler: request => ({ hello: 'world', query: request.query }) },
    { method: 'POST', path: '/json', handler: (request, h) => h.response(request.payload).code(201) },
    { method: 'POST', path: '/form', handler: request => request.payload },
    {
      method: 'POST',
      path: '/upload',
      options: { payload: { multipart: true } },
      handler: ({ payload }) => ({ title: payload.title, size: payload.file.length }),
    },
    {
      method: 'GET',
      path: '/stream',
      handler: (request, h) => h.response(Readable.from(['one\n', 'two\n', 'three\n'], { objectMode: false })),
    },
    {
      method: 'GET',
      path: '/cookies',
      handler: (request, h) =>
        h
          .response({ cookie: request.headers.cookie })
          .state('a', '1', { isSecure: false })
          .state('b', 'two', { isSecure: false }),
    },
    { method: 'GET', path: '/redirect', handler: (request, h) => h.redirect('/json') },
    { method: 'GET', path: '/file.txt', handler: { file: 'file.txt' } },
    {
      method: 'GET',
      path: '/error',
      handler: () => {
        throw new Error('broken')
      },
    },
  ])

  await server.start()
  console.log('Server running on %s', server.info.uri)
}

init()
