// What the soak asks for, as a PSGI style application: an echo of number and length, a large answer, a stream without an end.
const LARGE = Buffer.alloc(1024 * 1024, 'x')

export default async env => {
  if (env.PATH_INFO === '/large') return [200, ['Content-Type', 'application/octet-stream'], [LARGE]]
  if (env.PATH_INFO === '/events') return [200, ['Content-Type', 'text/event-stream'], events()]
  let bytes = 0
  for await (const chunk of env['psgi.input']) bytes += chunk.length
  const id = new URLSearchParams(env.QUERY_STRING).get('id')
  return [200, ['Content-Type', 'text/plain'], [`${id} ${bytes}`]]
}

async function* events() {
  for (;;) {
    await new Promise(resolve => setTimeout(resolve, 50))
    yield 'data: tick\n\n'
  }
}
