// The zero-loss test for as long as you like: HUP each second, TTIN, TTOU, recycling and one USR2 under five kinds of clients.
// Usage: node bench/zero-loss.mjs [seconds, default 600]
import { spawnSync } from 'node:child_process'

const seconds = process.argv[2] ?? '600'
const { status } = spawnSync(process.execPath, ['scripts/test.mjs', 'test/process/zero-loss.test.ts'], {
  cwd: new URL('..', import.meta.url).pathname,
  env: { ...process.env, STARLIGHT_ZERO_LOSS_SECONDS: seconds },
  stdio: 'inherit',
})
process.exitCode = status ?? 1
