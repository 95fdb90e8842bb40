// What the soak asks for, as a Node application: an echo of number and length, a large answer, a stream without an end.
const LARGE = Buffer.alloc(1024 * 1024, 'x')

export default async (req, res) => {
  const url = new URL(req.url, 'http://soak')
  if (url.pathname === '/large') return res.end(LARGE)
  if (url.pathname === '/events') {
    res.writeHead(200, { 'Content-Type': 'text/event-stream' })
    const timer = setInterval(() => res.write('data: tick\n\n'), 50)
    return res.on('close', () => clearInterval(timer))
  }
  let bytes = 0
  try {
    for await (const chunk of req) bytes += chunk.length
  } catch {
    return undefined // The client has left.
  }
  res.end(`${url.searchParams.get('id')} ${bytes}`)
}
