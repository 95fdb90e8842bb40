// npm run ecosystem [-- --only=NAME,NAME | --third=N] [--page]: each framework on its own server and on Starlight, the same requests to
// both. Needs a built Starlight. Fails when an answer differs.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { check } from './check.mjs'
import { FRAMEWORKS } from './frameworks.mjs'
import { writePage } from './page.mjs'

const text = { type: 'string' }
const { values } = parseArgs({ options: { only: text, third: text, page: { type: 'boolean' } } })
const here = import.meta.dirname

process.exitCode = await main()

async function main() {
  install(here)
  const results = []
  for (const framework of chosen()) results.push(await tried(framework))
  if (values.page) writePage(results)
  const failed = results.filter(({ faults }) => faults.length > 0)
  console.log(
    `${results.length - failed.length} of ${results.length} frameworks answer on Starlight as on their own server`,
  )
  return results.length > 0 && failed.length === 0 ? 0 : 1
}

/** Those whose name has one of the given words; every third one, which changes with N; or all. */
function chosen() {
  if (values.only !== undefined) {
    const words = values.only.toLowerCase().split(',')
    return FRAMEWORKS.filter(({ name }) => words.some(word => name.toLowerCase().includes(word)))
  }
  if (values.third !== undefined) return FRAMEWORKS.filter((_, i) => i % 3 === Number(values.third) % 3)
  return FRAMEWORKS
}

async function tried(framework) {
  const startedAt = performance.now()
  const version = versionOf(framework.version)
  const cwd = join(here, 'apps')
  let found
  try {
    found = await check({ ...framework, cwd })
  } catch (error) {
    found = { checks: 0, faults: [error.message] }
  }
  const { checks, faults } = found
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  console.log(
    `${faults.length === 0 ? 'ok    ' : 'FAILED'} ${framework.name} ${version}: ${checks} checks (${seconds} s)`,
  )
  for (const fault of faults) console.log(`       ${fault}`)
  return { framework, version, checks, faults }
}

function versionOf(name) {
  return JSON.parse(readFileSync(join(here, 'node_modules', name, 'package.json'), 'utf8')).version
}

/** What the lock file says, unless it is there. Scripts of packages are not run. */
function install(folder) {
  const marker = join(folder, 'node_modules', '.package-lock.json')
  if (existsSync(marker)) return
  execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--silent'], {
    cwd: folder,
    stdio: 'inherit',
  })
}
