// Compares two commits of the project: fails when CPU per request has grown beyond the limit. Both are built in folders of their
// own and measured in turn, so that a noisy minute hits both; the verdict is about the median of the ratios of neighbours.
// Usage: npm run bench:guard -- [BASE=HEAD~1] [HEAD=the working tree] [--rounds=15] [--limit=5]
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { LOADS } from './loads.mjs'
import { measure, median, start } from './measure.mjs'

const { values, positionals } = parseArgs({
  options: { rounds: { type: 'string' }, limit: { type: 'string' }, seconds: { type: 'string' } },
  allowPositionals: true,
})
const [base = 'HEAD~1', head] = positionals
const rounds = Number(values.rounds ?? 15)
const seconds = Number(values.seconds ?? 2)
const limit = Number(values.limit ?? 5)
const root = new URL('..', import.meta.url).pathname
const folders = []

try {
  const versions = [checkout(base), head === undefined ? root : checkout(head)]
  let isWorse = false
  for (const app of ['psgi-hello', 'fetch', 'node']) {
    const ratios = []
    for (let i = 0; i < rounds; i++) ratios.push(await ratioOf(versions, app, i % 2 === 1))
    const change = 100 * (median(ratios) - 1)
    isWorse ||= change > limit
    console.log(
      `${app}: ${change >= 0 ? '+' : ''}${change.toFixed(1)} % CPU per request (${rounds} pairs of ${seconds} s)`,
    )
  }
  process.exitCode = isWorse ? 1 : 0
} finally {
  for (const folder of folders) {
    execFileSync('git', ['worktree', 'remove', '--force', folder], { cwd: root })
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A built working tree of the commit. */
function checkout(commit) {
  const folder = join(mkdtempSync(join(tmpdir(), 'starlight-guard-')), 'tree')
  execFileSync('git', ['worktree', 'add', '--quiet', '--detach', folder, commit], { cwd: root })
  folders.push(folder)
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: folder })
  return folder
}

/** CPU per request of the second by that of the first; which of them goes first changes with each pair. */
async function ratioOf([before, after], app, isSwapped) {
  const order = isSwapped ? [after, before] : [before, after]
  const [one, other] = [await cpuOf(order[0], app), await cpuOf(order[1], app)]
  return isSwapped ? one / other : other / one
}

async function cpuOf(folder, app) {
  const file = join(root, 'bench', 'apps', `${app}.mjs`)
  const options = ['--workers=0', '--quiet', '--host=127.0.0.1']
  const command = port => [process.execPath, join(folder, 'bin', 'starlight.js'), ...options, `--port=${port}`, file]
  const running = await start({ command })
  try {
    return (await measure(running, LOADS.realistic, seconds)).cpu
  } finally {
    await running.stop()
  }
}
