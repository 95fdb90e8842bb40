// A load as wrk makes it: as fast as the server answers, on a number of connections.
import { rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runOnLoadCore } from './processes.mjs'

/**
 * `script` in Lua, `fields` of the head; `bytes`: size of a body, for a figure in bytes. `closes`: the server ends the
 * connection after the answer. wrk reads on when the answer has no "Connection: close" of its own (Bun's has none) and calls
 * the end an error, but what it counts as requests are complete answers in any case.
 */
export function wrk({ path = '/', connections = 32, script = '', fields = [], bytes, closes = false }) {
  const run = async ({ port, isTls }, seconds) => {
    const file = join(tmpdir(), `starlight-bench-${process.pid}-${port}.lua`)
    writeFileSync(file, script)
    const stdout = await runOnLoadCore('wrk', [
      ...['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', '--timeout=10s', '-s', file],
      ...fields.flatMap(field => ['-H', field]),
      `${isTls ? 'https' : 'http'}://127.0.0.1:${port}${path}`,
    ])
    rmSync(file)
    return read(stdout, closes)
  }
  return { run, bytes, by: 'wrk' }
}

function read(stdout, closes) {
  const [, requests, duration, unit] = /(\d+) requests in ([\d.]+)(ms|s|m)/.exec(stdout) ?? []
  const errors = /^.*(?:Non-2xx|Socket errors).*$/m.exec(stdout)?.[0].trim()
  const onlyReads = /connect 0, read \d+, write 0, timeout 0/.test(errors)
  if (!(requests > 0) || (errors !== undefined && !(closes && onlyReads))) throw new Error(errors ?? stdout)
  return {
    requests: Number(requests),
    seconds: Number(duration) * { ms: 0.001, s: 1, m: 60 }[unit],
    p50: latency(stdout, 50),
    p99: latency(stdout, 99),
  }
}

/** Undefined where wrk says 0: of pipelined answers it cannot always tell. */
function latency(text, percentile) {
  const [, number, unit] = new RegExp(`${percentile}%\\s+([\\d.]+)(us|ms|s)`).exec(text) ?? []
  return Number(number) > 0 ? Number(number) * { us: 0.001, ms: 1, s: 1000 }[unit] : undefined
}
