// Writes every file that is made from the option table, the table of media types, and the diagrams of ARCHITECTURE.md from the tables of
// states; with --check it only says which are stale.
// Reads the built package: run `npm run build` first.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { contentTypeTable } from './content-types.mjs'

const root = join(import.meta.dirname, '..')
const built = join(root, 'dist', 'cli', 'generated.js')
if (!existsSync(built)) {
  console.error('Cannot generate: dist/ is missing, "npm run build" is needed first')
  process.exit(1)
}
const { generatedFiles } = await import(built)
const files = {
  ...generatedFiles(),
  'src/server/files/content-type-table.ts': contentTypeTable(),
  'ARCHITECTURE.md': await withDiagrams(readIfThere(join(root, 'ARCHITECTURE.md'))),
}
const stale = Object.entries(files).filter(([path, content]) => readIfThere(join(root, path)) !== content)

if (process.argv.includes('--check')) {
  for (const [path] of stale) console.error(`${path} is stale, "npm run build && node scripts/generate.mjs" is needed`)
  process.exit(stale.length > 0 ? 1 : 0)
}
for (const [path, content] of stale) {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), content)
  console.log(`wrote ${path}`)
}

function readIfThere(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}

/** The text with each diagram between its marks made from its table. */
async function withDiagrams(text) {
  const tables = {
    connection: ['server/connection/connection-state.js', 'CONNECTION_STATES'],
    exchange: ['server/connection/exchange-state.js', 'EXCHANGE_STATES'],
    worker: ['pool/worker-states.js', 'TRANSITIONS'],
    master: ['supervisor/state/master-phase.js', 'MASTER_PHASES'],
  }
  for (const [name, [file, table]] of Object.entries(tables)) {
    const states = (await import(join(root, 'dist', file)))[table]
    const marks = new RegExp(`(<!-- states: ${name} -->\n)[^]*?(<!-- end -->)`)
    if (!marks.test(text)) throw new Error(`Cannot generate: ARCHITECTURE.md has no place for the states of ${name}`)
    text = text.replace(marks, (_, begin, end) => `${begin}${diagramOf(states)}${end}`)
  }
  return text
}

/** A state diagram in Mermaid's language. An event that changes nothing is left out. */
function diagramOf(states) {
  const names = Object.keys(states)
  const lines = [`  [*] --> ${names[0]}`]
  for (const [from, events] of Object.entries(states)) {
    const targets = new Set(Object.values(events).filter(to => to !== from))
    for (const to of targets) {
      const because = Object.keys(events).filter(event => events[event] === to)
      lines.push(`  ${from} --> ${to}: ${because.join(', ')}`)
    }
    if (targets.size === 0) lines.push(`  ${from} --> [*]`)
  }
  return `\n\`\`\`mermaid\nstateDiagram-v2\n${lines.join('\n')}\n\`\`\`\n\n`
}
