import { counted, LARGE, sizeOf, TEXT } from './work.mjs'

const PLAIN = ['Content-Type', 'text/plain']
const JSON_TYPE = ['Content-Type', 'application/json']

export default env => (env.REQUEST_METHOD === 'GET' ? [200, PLAIN, [LARGE[env.PATH_INFO] ?? TEXT]] : withBody(env))

async function withBody(env) {
  if (env.REQUEST_METHOD === 'PUT') return [200, PLAIN, [await sizeOf(env['psgi.input'])]]
  return [200, JSON_TYPE, [counted(env['psgi.input'].text())]]
}
