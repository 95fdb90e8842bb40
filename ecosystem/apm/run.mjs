// node ecosystem/apm/run.mjs [NAME...]: applications that are watched by Sentry, dd-trace and New Relic, on their own server and on Starlight with two workers.
// Fails when a tool reports something else. PSGI style and fetch, which have no server of their own, are compared with node:http.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { observe, USERS } from './observe.mjs'
import { TOOLS } from './tools.mjs'

const here = import.meta.dirname
/** On its own server, and what is compared with that here: file, and how the tool is loaded. */
const CASES = [
  {
    own: 'express.cjs',
    here: [
      ['express.cjs', 'starlight'],
      ['express.mjs', 'starlight'],
      ['express.mjs', '-M'],
    ],
  },
  {
    own: 'plain.cjs',
    here: [
      ['fetch.mjs', '-M'],
      ['psgi.mjs', 'starlight'],
    ],
  },
]
/** So many servers at once: most of the time a tool's next report is waited for. */
const AT_ONCE = 3

install()
const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(TOOLS)
const limit = limited(AT_ONCE)
const faults = (await Promise.all(names.map(name => tried(TOOLS[name])))).flat()
console.log(faults.length === 0 ? 'No tool sees a difference' : `${faults.length} differences`)
process.exitCode = faults.length === 0 ? 0 : 1

async function tried(tool) {
  const found = (await Promise.all(CASES.map(it => compared(tool, it)))).flat()
  const { version } = JSON.parse(readFileSync(join(here, 'node_modules', tool.package, 'package.json'), 'utf8'))
  console.log(`${found.length === 0 ? 'ok    ' : 'FAILED'} ${tool.name} ${version} (${seconds()} s)`)
  for (const fault of found) console.log(`       ${fault}`)
  return found
}

async function compared(tool, { own, here }) {
  const look = (file, where) => limit(() => observe(tool, file, where, tool.complete[own]))
  const all = await Promise.all([look(own, 'own'), ...here.map(([file, where]) => look(file, where))])
  const [expected, ...seen] = all
  return [
    ...mixedUp(expected).map(text => `${own} on its own server: ${text}`),
    ...seen.flatMap((lines, i) => differences(expected, lines, here[i].join(' '))),
  ]
}

/** Calls at most so many functions at once. */
function limited(count) {
  const free = Array.from({ length: count }, () => Promise.resolve())
  let turn = Promise.resolve()
  return make => {
    const result = turn.then(async () => {
      const place = await Promise.race(free.map((it, i) => it.then(() => i)))
      const made = make()
      free[place] = made.catch(() => undefined)
      return { made }
    })
    turn = result.catch(() => undefined)
    return result.then(({ made }) => made)
  }
}

function seconds() {
  return (performance.now() / 1000).toFixed(1)
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
