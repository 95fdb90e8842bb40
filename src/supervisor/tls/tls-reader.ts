// The program of the process that reads TLS files for a master which has given up the right to. It keeps root's rights and does nothing
// but that: the first order, given before the master gave up its own, names the files, and all others are "read". It ends with its master.
import { readFileSync, statSync } from 'node:fs'
import { FileWatch } from './file-watch.ts'
import { changeable } from './guarded-path.ts'
import type { FoundText, ReaderOrder, ReaderReport, ReaderSetup } from './reader-messages.ts'

/** Of one file, in bytes; all authorities that browsers know are 250,000. */
const MOST_BYTES = 4 * 1024 * 1024

process.title = 'starlight TLS reader'
// The master is gone: so is what it had to say.
process.stdout.on('error', () => undefined)
let setup: ReaderSetup | undefined
let watch: FileWatch | undefined
let unfinished = ''
process.stdin.setEncoding('utf8').on('data', piece => {
  const lines = (unfinished + piece).split('\n')
  unfinished = lines.pop() ?? ''
  for (const line of lines) obey(JSON.parse(line) as ReaderOrder)
})
// Nothing is left to wait for then.
process.stdin.on('end', () => watch?.close())

function obey(order: ReaderOrder): void {
  if (setup === undefined) {
    if (order.type !== 'begin') return
    setup = order
    watch = new FileWatch(setup.paths, setup.known, () => tell({ type: 'changed' }))
  } else if (order.type === 'read') {
    const { paths, userId } = setup
    tell({ type: 'texts', texts: Object.fromEntries(paths.map(path => [path, found(path, userId)])) })
  }
}

function tell(report: ReaderReport): void {
  process.stdout.write(`${JSON.stringify(report)}\n`)
}

function found(path: string, userId: number): FoundText {
  try {
    const place = changeable(path, userId)
    if (place !== undefined) return { problem: `"${place}" can be changed by the user of the server, or by a group` }
    if (statSync(path).size > MOST_BYTES) return { problem: `it has more than ${MOST_BYTES} bytes` }
    return { text: readFileSync(path, 'utf8') }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    return { code, problem: message }
  }
}
