import { meet } from './meet.cjs'

export default {
  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url)
    return new Response(await meet(pathname, searchParams.get('user')))
  },
}
