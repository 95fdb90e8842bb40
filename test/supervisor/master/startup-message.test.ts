import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Config } from '../../../src/config/config.ts'
import { servingLine, tellGuess } from '../../../src/supervisor/master/startup-message.ts'
import type { BoundListener } from '../../../src/supervisor/sockets/bind.ts'

const CONFIG = { app: 'app.ts' } as Config

function lineFor(url: string, address: BoundListener['address'], workers = 2): string {
  const listener = { url, address } as BoundListener
  return servingLine(CONFIG, workers, [listener], '1.2.3').replace(process.platform, 'os')
}

test('the line at start names the version, the application, the address and the workers', () => {
  const address = { kind: 'tcp', host: '127.0.0.1', port: 5000 } as const
  assert.equal(
    lineFor('http://127.0.0.1:5000', address),
    'Starlight/1.2.3 (os) serving app.ts on http://127.0.0.1:5000 with 2 workers',
  )
  assert.match(lineFor('http://127.0.0.1:5000', address, 1), /with 1 worker$/)
  assert.match(lineFor('http://127.0.0.1:5000', address, 0), /in one process$/)
})

test('a wildcard address is shown as one that a browser can open', () => {
  const address = { kind: 'tcp', host: undefined, port: 8080 } as const
  assert.match(
    lineFor('https://[::]:8080', address),
    / on https:\/\/localhost:8080 \(every interface\) with 2 workers$/,
  )
  assert.match(lineFor('http://0.0.0.0:8080', address), / on http:\/\/localhost:8080 \(every interface\) /)
})

test('a Unix socket is shown by its path', () => {
  assert.match(lineFor('unix:/run/app.sock', { kind: 'unix', path: '/run/app.sock' }), / on unix:\/run\/app\.sock with/)
})

test('a guessed kind is told with its reason, unless there was none to guess or it should be quiet', () => {
  const lines: string[] = []
  const log = { info: (line: string) => void lines.push(line) }
  const guess = 'a fetch application because its parameter is named req'
  tellGuess({ ...CONFIG, quiet: false }, guess, log)
  tellGuess({ ...CONFIG, quiet: false }, '', log)
  tellGuess({ ...CONFIG, quiet: true }, guess, log)
  assert.deepEqual(lines, [`app.ts is taken for ${guess}; --interface overrides this guess`])
})
