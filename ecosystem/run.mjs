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
  for (const framework of chosen()) {
    const { name, engines = 0 } = framework
    if (Number.parseInt(process.versions.node, 10) >= engines) results.push(await tried(framework))
    else console.log(`skipped ${name}: it needs Node ${engines}`)
  }
  if (values.page) writePage(results)
  const failed = results.filter(({ faults }) => faults.length > 0)
  console.log(
    `${results.length - failed.length} of ${results.length} frameworks answer on Starlight as on their own server`,
  )
  return results.length > 0 && failed.length === 0 ? 0 : 1
}

/** Those whose name has one of the given words; every third one that needs no build, which changes with N; or all. */
function chosen() {
  if (values.only !== undefined) {
    const words = values.only.toLowerCase().split(',')
    return FRAMEWORKS.filter(({ name }) => words.some(word => name.toLowerCase().includes(word)))
  }
  const unbuilt = FRAMEWORKS.filter(({ folder }) => folder === undefined)
  if (values.third !== undefined) return unbuilt.filter((_, i) => i % 3 === Number(values.third) % 3)
  return FRAMEWORKS
}

async function tried(framework) {
  const startedAt = performance.now()
  const { folder } = framework
  const cwd = folder === undefined ? join(here, 'apps') : join(here, 'built', folder)
  if (folder !== undefined) build(cwd, framework.built ?? framework.file)
  const version = versionOf(framework.version, folder === undefined ? here : cwd)
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

function versionOf(name, folder) {
  return JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')).version
}

/** Installs and builds it, unless that is done. */
function build(folder, file) {
  install(folder)
  if (existsSync(join(folder, file))) return
  const env = { ...process.env, CI: '1', NEXT_TELEMETRY_DISABLED: '1', ASTRO_TELEMETRY_DISABLED: '1' }
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: folder, env, stdio: ['ignore', 'ignore', 'inherit'] })
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
