// What npm installs is built. A fresh checkout is not: the first command builds it, and says so.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const STEPS = [['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], ['scripts/bundle.mjs']]

/** Builds `dist/` where there is none; ends the process with one sentence where that cannot be. */
export function needBuild() {
  if (existsSync(`${ROOT}dist/bundle/main.js`)) return
  if (!existsSync(`${ROOT}${STEPS[0][0]}`)) end('it is not built, npm ci is needed first')
  console.error('starlight: Building dist/, which a fresh checkout lacks')
  for (const step of STEPS) {
    const { status } = spawnSync(process.execPath, step, { cwd: ROOT, stdio: ['ignore', 2, 2] })
    if (status !== 0) end(`${step[0]} failed`)
  }
}

function end(why) {
  console.error(`starlight: Cannot start: ${why}`)
  process.exit(2)
}
