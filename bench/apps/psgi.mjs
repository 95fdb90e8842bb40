import { counted, LARGE, TEXT } from './work.mjs'

const PLAIN = ['Content-Type', 'text/plain']
const JSON_TYPE = ['Content-Type', 'application/json']

export default env => (env.REQUEST_METHOD === 'POST' ? post(env) : [200, PLAIN, [LARGE[env.PATH_INFO] ?? TEXT]])

async function post(env) {
  let text = ''
  for await (const chunk of env['psgi.input']) text += Buffer.from(chunk).toString('latin1')
  return [200, JSON_TYPE, [counted(text)]]
}
