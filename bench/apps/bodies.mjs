// Bodies of all kinds, as a fetch application gives them; bun and deno run this file, too.
import { EVENT, EVENT_MS, FILE, JSONS, PIECES, turn } from './pieces.mjs'

const openFile = globalThis.Bun ? path => Bun.file(path) : (await import('node:fs')).openAsBlob
const blob = new Blob([new Uint8Array(100 * 1024).fill(120)])

const atOnce = () =>
  new ReadableStream({
    start(controller) {
      for (const piece of PIECES) controller.enqueue(piece)
      controller.close()
    },
  })

const oneByOne = () => {
  let at = 0
  return new ReadableStream({
    async pull(controller) {
      await turn()
      controller.enqueue(PIECES[at++])
      if (at === PIECES.length) controller.close()
    },
  })
}

async function* generated() {
  for (const piece of PIECES) yield piece
}

const encoder = new TextEncoder()
const event = encoder.encode(EVENT)
const events = () => {
  let timer
  return new ReadableStream({
    start(controller) {
      controller.enqueue(event)
      timer = setInterval(() => controller.enqueue(event), EVENT_MS)
    },
    cancel() {
      clearInterval(timer)
    },
  })
}

const BODIES = {
  '/at-once': () => new Response(atOnce()),
  '/one-by-one': () => new Response(oneByOne()),
  '/generator': () => new Response(generated()),
  '/events': () => new Response(events(), { headers: { 'content-type': 'text/event-stream' } }),
  '/blob': () => new Response(blob),
  '/file': async () => new Response(await openFile(FILE)),
  '/json-1k': () => Response.json(JSONS[0]),
  '/json-10k': () => Response.json(JSONS[1]),
  '/json-100k': () => Response.json(JSONS[2]),
}

export default {
  fetch(request) {
    const { url } = request
    return (BODIES[url.slice(url.indexOf('/', 8))] ?? (() => new Response('no such body')))()
  },
}
