import { block, counted, LARGE, sizeOf, TEXT } from './work.mjs'

export async function handle(request) {
  if (request.method === 'POST') {
    return new Response(counted(await request.text()), { headers: { 'content-type': 'application/json' } })
  }
  if (request.method === 'PUT') return new Response(await sizeOf(request.body))
  const path = request.url.slice(request.url.indexOf('/', 8))
  if (path === '/slow') block()
  return new Response(LARGE[path] ?? TEXT)
}

export default {
  // Without a promise where none is needed, as in the examples of Bun and Deno.
  fetch(request) {
    return request.method === 'GET' && request.url.endsWith('/') ? new Response(TEXT) : handle(request)
  },
}
