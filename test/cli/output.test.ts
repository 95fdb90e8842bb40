import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { reportError } from '../../src/cli/output.ts'
import { ConfigError } from '../../src/config/errors.ts'
import { EXIT } from '../../src/config/exit-codes.ts'

/** What is written to standard error, and the exit code. */
async function reported(error: unknown): Promise<[text: string, code: number]> {
  const written: string[] = []
  const write = mock.method(process.stderr, 'write', (text: string, done: () => void) => {
    written.push(text)
    done()
    return true
  })
  try {
    const code = await reportError(error)
    return [written.join(''), code]
  } finally {
    write.mock.restore()
  }
}

test('a mistake of the operator is one line', async () => {
  const mistake = new ConfigError('Cannot use --x: no', EXIT.usage, { cause: new Error('inner') })
  assert.deepEqual(await reported(mistake), ['starlight: Cannot use --x: no\n', 2])
})

test("the application's own error has its stack", async () => {
  const [text, code] = await reported(
    new ConfigError('Cannot load "a.ts": boom', EXIT.appLoad, { cause: new Error('boom') }),
  )
  assert.match(text, /^starlight: Cannot load "a.ts": boom\nError: boom\n {4}at /)
  assert.equal(code, 4)
})

test('an application may throw what is no Error', async () => {
  const mistake = new ConfigError('Cannot load "a.ts": it threw 7', EXIT.appLoad, { cause: 7 })
  assert.deepEqual(await reported(mistake), ['starlight: Cannot load "a.ts": it threw 7\n7\n', 4])
})

test('an error of our own has its stack and is code 1', async () => {
  const [text, code] = await reported(new TypeError('x is not a function'))
  assert.match(text, /^starlight: Cannot go on: TypeError: x is not a function\n {4}at /)
  assert.equal(code, 1)
})
