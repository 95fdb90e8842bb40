// What every application of the benchmark answers, whatever it is written with.
export const TEXT = 'Hello, World!'
export const LARGE = { '/100k': Buffer.alloc(100 * 1024, 'x'), '/1m': Buffer.alloc(1024 * 1024, 'x') }

/** The answer to a JSON body: something that shows that it was read and parsed. */
export function counted(text) {
  return JSON.stringify({ items: JSON.parse(text).items.length })
}
