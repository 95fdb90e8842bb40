// A load as h2load makes it: HTTP/2, as fast as the server answers, a number of streams at once on each connection.
import { runOnLoadCore } from './processes.mjs'

/** With TLS where the server has it, by prior knowledge elsewhere. `fields` of the head; `bytes`: size of a body, for a figure in bytes. */
export function h2load({ path = '/', connections = 8, streams = 10, fields = [], bytes }) {
  const run = async ({ port, isTls }, seconds) => {
    const stdout = await runOnLoadCore('h2load', [
      ...['-t1', `-c${connections}`, `-m${streams}`, `-D${seconds}`, '--warm-up-time=0'],
      ...fields.flatMap(field => ['-H', field]),
      `${isTls ? 'https' : 'http'}://127.0.0.1:${port}${path}`,
    ])
    return read(stdout)
  }
  return { run, bytes, by: 'h2load' }
}

function read(stdout) {
  const [, duration, unit] = /^finished in ([\d.]+)(ms|s),/m.exec(stdout) ?? []
  const [, good, ...bad] = /^status codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx/m.exec(stdout)?.map(Number) ?? []
  if (!(good > 0) || bad.some(count => count > 0)) throw new Error(/^status codes:.*$/m.exec(stdout)?.[0] ?? stdout)
  return { requests: good, seconds: Number(duration) * { ms: 0.001, s: 1 }[unit] }
}
