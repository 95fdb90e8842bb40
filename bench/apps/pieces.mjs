// What the applications with bodies of all kinds answer.
import { existsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const PIECES = Array.from({ length: 10 }, (_, i) => new Uint8Array(1024).fill(97 + i))
/** A file of 1 MiB. */
export const FILE = join(tmpdir(), 'starlight-bench-1-mib')
if (!existsSync(FILE)) writeFileSync(FILE, new Uint8Array(1024 * 1024).fill(120))
const items = count => ({
  items: Array.from({ length: count }, (_, id) => ({
    id,
    name: `item number ${id}`,
    price: id * 1.25,
    tags: ['a', 'b'],
  })),
})
/** About 1, 10 and 100 kB of text. */
export const JSONS = [items(14), items(140), items(1400)]
export const EVENT = `data: ${'x'.repeat(100)}\n\n`
export const EVENT_MS = 1000

/** The next turn of the event loop. */
export const turn = () => new Promise(resolve => setImmediate(resolve))
