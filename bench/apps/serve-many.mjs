// A peer in several processes on one port: node:http with node:cluster, Bun and Deno with SO_REUSEPORT, as they recommend.
// Usage: node serve-many.mjs KIND PORT COUNT
import { spawn } from 'node:child_process'
import cluster from 'node:cluster'
import { fileURLToPath } from 'node:url'

const [, , kind, port, count] = process.argv
const exec = fileURLToPath(new URL('serve.mjs', import.meta.url))

if (kind === 'node:http') {
  cluster.setupPrimary({ exec, args: [kind, port] })
  for (let i = 0; i < Number(count); i++) cluster.fork()
} else {
  const args = [
    ...(kind === 'deno' ? ['run', '-A', '--no-lock', '--unstable-net'] : []),
    exec,
    kind,
    port,
    '{"shares":true}',
  ]
  for (let i = 0; i < Number(count); i++) spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] })
}
