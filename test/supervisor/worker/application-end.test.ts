import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type EndStep, performEnd } from '../../../src/supervisor/worker/application-end.ts'

async function performed(leftMs: number, ...runs: (() => unknown)[]): Promise<string[]> {
  const said: string[] = []
  const log = {
    warn: (message: string) => said.push(message.replace(/ \(.*/, '')),
    error: (message: string, cause: unknown) => said.push(`${message}: ${(cause as Error).message}`),
  }
  const steps = runs.map(
    (run, i): EndStep => ({
      name: `step ${i}`,
      run: () => {
        said.push(`${i}`)
        return run()
      },
    }),
  )
  await performEnd(steps, { log, leftMs, isKilledThen: false, release: () => undefined })
  return said
}

test('steps follow one another, each when the one before is done', async () => {
  const order: string[] = []
  const step = (name: string) => async (): Promise<void> => {
    order.push(`${name} begins`)
    await new Promise(setImmediate)
    order.push(`${name} ends`)
  }
  await performed(3_600_000, step('first'), step('second'))
  assert.deepEqual(order, ['first begins', 'first ends', 'second begins', 'second ends'])
})

test('a step that throws, or rejects, is logged, and the next one follows', async () => {
  const fails = (): never => {
    throw new Error('thrown')
  }
  const rejects = (): Promise<never> => Promise.reject(new Error('rejected'))
  assert.deepEqual(await performed(3_600_000, fails, rejects, () => undefined), [
    '0',
    "The application's step 0 failed at its end: thrown",
    '1',
    "The application's step 1 failed at its end: rejected",
    '2',
  ])
})

test('what takes longer than what is left is cut, and so is all behind it', async () => {
  const never = (): Promise<never> => new Promise(() => undefined)
  assert.deepEqual(await performed(1, never, () => undefined), [
    '0',
    'The application did not end within --graceful-timeout: its step 0 is cut',
  ])
})
