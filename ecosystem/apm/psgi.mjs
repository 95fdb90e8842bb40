import { meet } from './meet.cjs'

export default async function app(env) {
  const user = new URLSearchParams(env.QUERY_STRING).get('user')
  return [200, ['Content-Type', 'text/plain'], [await meet(env.PATH_INFO, user)]]
}
