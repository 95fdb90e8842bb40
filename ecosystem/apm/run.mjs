// node ecosystem/apm/run.mjs [NAME...]: applications that are watched by Sentry, dd-trace and New Relic, on their own server and on Starlight with two workers.
// Fails when a tool reports something else. PSGI style and fetch, which have no server of their own, are compared with node:http.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { observe, USERS } from './observe.mjs'
import { TOOLS } from './tools.mjs'

const here = import.meta.dirname
const CASES = [
  { own: 'express.cjs', here: ['express.cjs'] },
  { own: 'plain.cjs', here: ['plain.cjs', 'fetch.mjs', 'psgi.mjs'] },
]

install()
const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(TOOLS)
const faults = []
for (const name of names) faults.push(...(await tried(TOOLS[name])))
console.log(faults.length === 0 ? 'No tool sees a difference' : `${faults.length} differences`)
process.exitCode = faults.length === 0 ? 0 : 1

async function tried(tool) {
  const startedAt = performance.now()
  const found = []
  for (const { own, here } of CASES) {
    const complete = tool.complete[own]
    const expected = await observe(tool, own, 'own', complete)
    found.push(...mixedUp(expected).map(text => `${own} on its own server: ${text}`))
    for (const file of here)
      found.push(...differences(expected, await observe(tool, file, 'starlight', complete), file))
  }
  const { version } = JSON.parse(readFileSync(join(here, 'node_modules', tool.package, 'package.json'), 'utf8'))
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  console.log(`${found.length === 0 ? 'ok    ' : 'FAILED'} ${tool.name} ${version} (${seconds} s)`)
  for (const fault of found) console.log(`       ${fault}`)
  return found
}

function differences(expected, seen, file) {
  const [missing, more] = [without(expected, seen), without(seen, expected)]
  return [
    ...missing.map(line => `${file}: missing ${line}`),
    ...more.map(line => `${file}: instead ${line}`),
    ...mixedUp(seen).map(text => `${file}: ${text}`),
  ]
}

/** The lines of `left` that `right` has not, each as often as it is there. */
function without(left, right) {
  const rest = [...right]
  return left.filter(line => {
    const at = rest.indexOf(line)
    if (at >= 0) rest.splice(at, 1)
    return at < 0
  })
}

/** One user's data in what is told of another. */
function mixedUp(lines) {
  return lines.filter(line => USERS.filter(user => line.includes(user)).length > 1).map(line => `two users in ${line}`)
}

/** What the lock file says, unless it is there. Scripts of packages are not run: what they would build is optional to all three. */
function install() {
  if (existsSync(join(here, 'node_modules', '.package-lock.json'))) return
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--silent']
  execFileSync('npm', args, { cwd: here, stdio: 'inherit' })
}
