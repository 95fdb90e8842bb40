// What every application of the benchmark answers, whatever it is written with.
export const TEXT = 'Hello, World!'
export const LARGE = { '/100k': Buffer.alloc(100 * 1024, 'x'), '/1m': Buffer.alloc(1024 * 1024, 'x') }

/** The answer to an upload: how many bytes came. The body is read in pieces and kept nowhere. */
export async function sizeOf(body) {
  let bytes = 0
  for await (const piece of body) bytes += piece.length
  return String(bytes)
}

const cell = new Int32Array(new SharedArrayBuffer(4))

/** Blocks the thread for 5 ms, as a synchronous call to a database would: nothing else is served, and the core is free. */
export function block() {
  Atomics.wait(cell, 0, 0, 5)
}

/** The answer to a JSON body: something that shows that it was read and parsed. */
export function counted(text) {
  return JSON.stringify({ items: JSON.parse(text).items.length })
}
