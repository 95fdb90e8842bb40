// What the soak asks for, as a fetch application: an echo of number and length, a large answer, a stream without an end.
const LARGE = new Uint8Array(1024 * 1024).fill(120)

export default {
  async fetch(request) {
    const url = new URL(request.url)
    if (url.pathname === '/large') return new Response(LARGE)
    if (url.pathname === '/events') return new Response(events(), { headers: { 'Content-Type': 'text/event-stream' } })
    let bytes = 0
    if (request.body !== null) for await (const chunk of request.body) bytes += chunk.byteLength
    return new Response(`${url.searchParams.get('id')} ${bytes}`)
  },
}

function events() {
  let timer
  const encoder = new TextEncoder()
  return new ReadableStream({
    start(controller) {
      timer = setInterval(() => controller.enqueue(encoder.encode('data: tick\n\n')), 50)
    },
    cancel() {
      clearInterval(timer)
    },
  })
}
