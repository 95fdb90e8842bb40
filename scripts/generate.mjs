// Writes every file that is made from the option table; with --check it only says which are stale.
// Reads the built package: run `npm run build` first.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const root = join(import.meta.dirname, '..')
const built = join(root, 'dist', 'cli', 'generated.js')
if (!existsSync(built)) {
  console.error('Cannot generate: dist/ is missing, "npm run build" is needed first')
  process.exit(1)
}
const { generatedFiles } = await import(built)
const stale = Object.entries(generatedFiles()).filter(([path, content]) => readIfThere(join(root, path)) !== content)

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
