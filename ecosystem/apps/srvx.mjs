import { serve } from 'srvx'

serve({
  port: process.env.PORT || 3000,
  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url)
    if (pathname === '/') return new Response('Hello World!')
    if (pathname === '/json' && request.method === 'POST') return Response.json(await request.json(), { status: 201 })
    if (pathname === '/json') return Response.json({ hello: 'world', query: Object.fromEntries(searchParams) })
    if (pathname === '/redirect') return new Response(null, { status: 302, headers: { Location: '/json' } })
    return new Response('Not found', { status: 404 })
  },
})
