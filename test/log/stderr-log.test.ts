import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LogLevel } from '../../src/log/log.ts'
import { createLog } from '../../src/log/stderr-log.ts'

function logTo(level?: LogLevel): { log: ReturnType<typeof createLog>; text: () => string } {
  let text = ''
  const sink = {
    write(entry: string): void {
      text += entry
    },
  }
  const now = (): number => Date.UTC(2026, 10, 23, 20, 37, 7, 123)
  return {
    log: createLog({ sink, now, pid: 7, ...(level === undefined ? {} : { style: { level, format: 'text' } }) }),
    text: () => text,
  }
}

test('createLog writes one line with time, process and level', () => {
  const { log, text } = logTo()
  log.info('serving')
  assert.equal(text(), '2026-11-23T20:37:07.123Z [7] info: serving\n')
})

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']
for (const [index, lowest] of LEVELS.entries()) {
  test(`createLog at level ${lowest} leaves out what is below`, () => {
    const { log, text } = logTo(lowest)
    for (const level of LEVELS) log[level]('m')
    const written = [...text().matchAll(/\] (\w+): m/g)].map(([, level]) => level)
    assert.deepEqual(written, LEVELS.slice(index))
  })
}

test('createLog leaves out debug entries unless asked for', () => {
  const { log, text } = logTo()
  log.debug('m')
  assert.equal(text(), '')
})

test('createLog keeps a message on its line whatever it contains', () => {
  const { log, text } = logTo()
  log.warn('a\n2026-11-23T20:37:07.123Z [7] error: forged\x1b[31m')
  assert.equal(text(), '2026-11-23T20:37:07.123Z [7] warn: a\\x0A2026-11-23T20:37:07.123Z [7] error: forged\\x1B[31m\n')
})

test('createLog shows the stack of an error and of all that caused it, indented', () => {
  const { log, text } = logTo()
  const root = new Error('no route')
  log.error('Cannot answer', new TypeError('no database', { cause: new AggregateError([root], 'all failed') }))
  const [first, ...rest] = text().trimEnd().split('\n')
  assert.match(first!, /error: Cannot answer$/)
  assert.ok(rest.every(line => line.startsWith('    ')))
  const heads = rest.filter(line => !/^ +at /.test(line)).map(line => line.trim())
  assert.deepEqual(heads, [
    'TypeError: no database',
    'caused by: AggregateError: all failed',
    'caused by: Error: no route',
  ])
  assert.match(rest.join('\n'), /at .*stderr-log\.test/)
})

test('createLog adds only the message of a cause to a warning', () => {
  const { log, text } = logTo()
  log.warn('Cannot do it', new Error('because'))
  assert.match(text(), /warn: Cannot do it: because\n$/)
})

test('createLog ends a chain of causes that loops', () => {
  const { log, text } = logTo()
  const first = new Error('first')
  first.cause = new Error('second', { cause: first })
  log.error('m', first)
  assert.equal(text().match(/Error: first/g)?.length, 1)
})

const hostile: readonly (readonly [what: string, cause: unknown, shown: RegExp])[] = [
  ['a string', 'plain', /plain/],
  ['null', null, /null/],
  ['an object', { code: 7 }, /\{ code: 7 \}/],
  ['a symbol', Symbol('s'), /Symbol\(s\)/],
  [
    'an error whose stack throws',
    Object.defineProperty(new Error('x'), 'stack', {
      get() {
        throw new Error('gotcha')
      },
    }),
    /a value that cannot be shown/,
  ],
  [
    'an error whose cause throws',
    Object.defineProperty(new Error('x'), 'cause', {
      get() {
        throw new Error('gotcha')
      },
    }),
    /Error: x/,
  ],
  ['several errors that are none', Object.assign(new AggregateError([], 'x'), { errors: 5 }), /AggregateError: x/],
  ['an error without a stack', Object.assign(new Error('bare'), { stack: undefined }), /Error: bare/],
]
for (const [what, cause, shown] of hostile) {
  test(`createLog survives ${what} as cause`, () => {
    const { log, text } = logTo()
    log.error('m', cause)
    log.warn('m', cause)
    assert.match(text(), shown)
  })
}
