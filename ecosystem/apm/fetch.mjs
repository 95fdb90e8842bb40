import { meet } from './meet.cjs'

export default {
  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url)
    const headers = { 'Content-Type': 'text/plain' }
    return new Response(await meet(pathname, searchParams.get('user')), { headers })
  },
}
