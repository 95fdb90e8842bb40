// PSGI style: a function of the environment of a request. The response is status, fields and body.
//
//   npx starlight examples/hello.ts
//   curl http://127.0.0.1:5000/you
import type { PsgiApp } from 'starlight-server'

const app: PsgiApp = env => {
  // Texts of an env are byte strings, one character per byte, as in every PSGI server.
  const name = Buffer.from(env.PATH_INFO.slice(1), 'latin1').toString() || 'world'
  return [200, ['Content-Type', 'text/plain; charset=utf-8'], [`Hello ${name}\n`]]
}

export default app
