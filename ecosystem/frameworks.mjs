// The frameworks, and what each has of what can be asked. Names are unique; `version` is the package whose version counts. Files lie in
// apps/, written as the first page of each framework's documentation does, plus the routes that are named here.

const GRAPHQL_TYPE = 'Content-Type: application/json'
const query = (text, path = '/graphql') => [
  `POST ${path}`,
  { fields: [GRAPHQL_TYPE, 'Accept: application/json'], body: JSON.stringify({ query: text }) },
]
const graphql = (field, path) => ({
  query: query(`{ ${field} }`, path),
  'query with an error': query('{ broken }', path),
  'refused query': query('{ nothing }', path),
  'refused syntax': query('{', path),
})
const ALL = ['json', 'form', 'upload', 'stream', 'events', 'cookies', 'redirect', 'file', 'error']

const NEST = {
  command: 'starlight dist/main.js',
  routes: ['json', 'form', 'events', 'redirect', 'error'],
  atTheEnd: /Nest is told SIGTERM/,
  know: '`enableShutdownHooks()` works: the hooks come behind the last answer',
}

export const FRAMEWORKS = [
  { name: 'Express 5', version: 'express', file: 'express5.cjs', routes: ALL },
  { name: 'Express 4', version: 'express4', file: 'express4.cjs', routes: ALL },
  { name: 'Fastify', version: 'fastify', file: 'fastify.cjs', routes: ALL, webSocket: ['/ws'] },
  { name: 'Koa', version: 'koa', file: 'koa.mjs', routes: ALL.filter(route => route !== 'upload') },
  {
    name: 'Hono, exported',
    version: 'hono',
    file: 'hono.mjs',
    ownFile: 'hono-node.mjs',
    command: 'starlight app.mjs',
    routes: ALL.filter(route => route !== 'file'),
    know: 'the export needs no server package',
  },
  {
    name: 'Hono, @hono/node-server',
    version: '@hono/node-server',
    file: 'hono-serve.mjs',
    routes: ALL,
    webSocket: ['/ws'],
  },
  { name: 'h3 v2', version: 'h3', file: 'h3-v2.mjs', routes: ALL },
  { name: 'h3 v1', version: 'h3v1', file: 'h3-v1.mjs', routes: ALL.filter(route => !/^(?:events|file)$/.test(route)) },
  {
    name: 'Apollo Server',
    version: '@apollo/server',
    file: 'apollo.mjs',
    path: '/?query=%7B__typename%7D',
    fields: ['Apollo-Require-Preflight: 1'],
    requests: graphql('books { title author }', '/'),
    masks: [/\b[0-9a-f]{64}\b/g],
  },
  {
    name: 'GraphQL Yoga',
    version: 'graphql-yoga',
    file: 'yoga.mjs',
    path: '/graphql?query=%7B__typename%7D',
    requests: {
      ...graphql('books { title author }'),
      'subscription (SSE)': [
        'POST /graphql',
        {
          fields: [GRAPHQL_TYPE, 'Accept: text/event-stream'],
          body: JSON.stringify({ query: 'subscription { countdown(from: 3) }' }),
        },
      ],
    },
  },
  {
    name: 'graphql-http',
    version: 'graphql-http',
    file: 'graphql-http.cjs',
    path: '/graphql?query=%7B__typename%7D',
    requests: graphql('hello'),
  },
  {
    name: 'json-graphql-server',
    version: 'json-graphql-server',
    file: 'json-graphql.cjs',
    path: '/graphql?query=%7B__typename%7D',
    requests: { query: query('{ allPosts { id title User { name } } }'), 'refused query': query('{ nothing }') },
  },
  {
    name: 'tRPC',
    version: '@trpc/server',
    file: 'trpc.mjs',
    path: '/greeting?input=%7B%22name%22%3A%22tRPC%22%7D',
    requests: {
      mutation: ['POST /createUser', { fields: [GRAPHQL_TYPE], body: '{"name":"Ada"}' }],
      'refused input': ['GET /greeting?input=1', {}],
      'refused: an error of a procedure': ['GET /broken', {}],
      'subscription (SSE)': ['GET /countdown', { fields: ['Accept: text/event-stream'] }],
    },
  },
  {
    name: 'Socket.IO',
    version: 'socket.io',
    file: 'socketio.cjs',
    know: 'with several workers `--balance=sticky` and the adapter, see below',
    webSocket: [
      '/socket.io/?EIO=4&transport=websocket',
      [undefined, '40', undefined, '420["chat message","hi"]', undefined],
    ],
    requests: {
      'polling: open': ['GET /socket.io/?EIO=4&transport=polling', {}],
      'the client’s script': ['GET /socket.io/socket.io.min.js', {}],
      'refused transport': ['GET /socket.io/?EIO=4&transport=none', {}],
    },
    masks: [/"sid":"[^"]+"/],
  },
  {
    name: 'ws',
    version: 'ws',
    file: 'ws.mjs',
    status: 426,
    webSocket: ['/'],
  },
  { name: 'express-ws', version: 'express-ws', file: 'express-ws.cjs', webSocket: ['/ws'] },
  {
    name: 'Elysia, @elysiajs/node',
    version: 'elysia',
    file: 'elysia.mjs',
    routes: ['json', 'form', 'upload', 'events', 'cookies', 'redirect', 'error'],
  },
  {
    name: 'Feathers (Koa)',
    version: '@feathersjs/feathers',
    file: 'feathers.mjs',
    path: '/messages',
    requests: {
      create: ['POST /messages', { fields: [GRAPHQL_TYPE], body: '{"text":"hello"}' }],
      'refused method': ['PATCH /messages/1', { fields: [GRAPHQL_TYPE], body: '{}' }],
    },
  },
  {
    name: 'hapi',
    version: '@hapi/hapi',
    file: 'hapi.cjs',
    routes: ALL.filter(route => route !== 'events'),
  },
  { name: 'NestJS, Express adapter', version: '@nestjs/core', file: 'nest-express.cjs', ...NEST },
  { name: 'NestJS, Fastify adapter', version: '@nestjs/platform-fastify', file: 'nest-fastify.cjs', ...NEST },
  { name: 'restify', version: 'restify', file: 'restify.cjs', routes: ['json', 'redirect', 'error'] },
  { name: 'Polka with sirv', version: 'polka', file: 'polka.cjs', routes: ['file'] },
  { name: 'srvx', version: 'srvx', file: 'srvx.mjs', routes: ['json', 'redirect'] },
  // Built as documented, in built/; `built` is what that makes, where it is not the file itself, and `engines` the oldest line of Node that they want.
  {
    name: 'Next.js, standalone',
    version: 'next',
    folder: 'next',
    file: '.next/standalone/server.js',
    know: "`output: 'standalone'`; `public/` and `.next/static/` are to be copied beside it, as Next says",
    routes: ['json'],
  },
  { name: 'Nitro', version: 'nitropack', folder: 'nitro', file: '.output/server/index.mjs', routes: ['json'] },
  { name: 'Nuxt', version: 'nuxt', folder: 'nuxt', file: '.output/server/index.mjs', engines: 22, routes: ['json'] },
  {
    name: 'SvelteKit, adapter-node',
    version: '@sveltejs/kit',
    folder: 'sveltekit',
    file: 'build/index.js',
    engines: 22,
    routes: ['json'],
  },
  {
    name: 'React Router 7',
    version: 'react-router',
    folder: 'react-router',
    file: 'server.js',
    built: 'build/server/index.js',
    know: '`server.js` is that of its template with a server of its own (`@react-router/express`); `react-router-serve` takes the build from its arguments',
    routes: ['json'],
  },
  {
    name: 'AdonisJS',
    version: '@adonisjs/core',
    folder: 'adonis',
    file: 'bin/server.js',
    engines: 24,
    know: 'its own end (`app.terminate` behind SIGTERM) comes behind the last answer',
    routes: ['json'],
  },
  {
    name: 'Astro, standalone',
    version: 'astro',
    folder: 'astro',
    file: 'dist/server/entry.mjs',
    built: 'build/server/entry.mjs',
    engines: 22,
    routes: ['json'],
  },
  {
    name: 'Astro, middleware',
    version: 'astro',
    folder: 'astro',
    file: 'server.mjs',
    built: 'build/server/entry.mjs',
    engines: 22,
    know: '`server.mjs` is that of its documentation: Express with the handler of `build/server/entry.mjs`',
    routes: ['json'],
  },
]
