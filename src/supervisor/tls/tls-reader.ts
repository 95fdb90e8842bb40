// The program of the process that reads TLS files for a master which has given up the right to. It keeps root's rights and does nothing
// but that: the first order, given before the master gave up its own, names the files, and all others are "read". It ends with its master.
import { readFileSync, statSync } from 'node:fs'
import { filesIn, namesIn } from '../../server/tls/certificate-directory.ts'
import { FileWatch } from './file-watch.ts'
import { changeable } from './guarded-path.ts'
import type { FoundText, ReaderOrder, ReaderReport, ReaderSetup } from './reader-messages.ts'

/** Of one file, in bytes; all authorities that browsers know are 250,000. */
const MOST_BYTES = 4 * 1024 * 1024
/** Of an order, in characters: the paths of all files. */
const LONGEST_ORDER = 1024 * 1024
/** Of answers that were not taken, in bytes. A master asks behind the last answer; who does not is not ours, and must not fill root's memory. */
const MOST_UNTAKEN = 64 * 1024 * 1024

/** Not caught: it ends the process. */
const NO_MASTER = new Error('Cannot go on: what comes are not the orders of a master')

process.title = 'starlight TLS reader'
// The master is gone: so is what it had to say.
process.stdout.on('error', () => undefined)
let setup: ReaderSetup | undefined
let watch: FileWatch | undefined
let unfinished = ''
process.stdin.setEncoding('utf8').on('data', piece => {
  const lines = (unfinished + piece).split('\n')
  unfinished = lines.pop() ?? ''
  if (unfinished.length > LONGEST_ORDER) throw NO_MASTER
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
    if (process.stdout.writableLength > MOST_UNTAKEN) throw NO_MASTER
    tell(answerFor(setup))
  }
}

function tell(report: ReaderReport): void {
  process.stdout.write(`${JSON.stringify(report)}\n`)
}

function answerFor({ paths, userId }: ReaderSetup): ReaderReport {
  const names: Record<string, readonly string[]> = {}
  const listed = (directory: string): readonly string[] => (names[directory] = listing(directory, userId))
  const files = paths.flatMap(path => (isDirectory(path) ? [path, ...filesIn(path, listed)] : [path]))
  return { type: 'texts', texts: Object.fromEntries(files.map(path => [path, found(path, userId)])), names }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

/** What a link in it leads to is judged when it is read. */
function listing(directory: string, userId: number): readonly string[] {
  const place = changeable(directory, userId)
  if (place !== undefined) throw new Error(problemOf(place))
  return namesIn(directory)
}

function problemOf(place: string): string {
  return `"${place}" can be changed by the user of the server, or by a group`
}

function found(path: string, userId: number): FoundText {
  try {
    const place = changeable(path, userId)
    if (place !== undefined) return { problem: problemOf(place) }
    if (statSync(path).size > MOST_BYTES) return { problem: `it has more than ${MOST_BYTES} bytes` }
    return { text: readFileSync(path, 'latin1') }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    return { code, problem: message }
  }
}
