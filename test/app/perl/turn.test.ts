import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FLAG, FRAME, type Frame } from '../../../src/app/perl/frames.ts'
import { Turn } from '../../../src/app/perl/turn.ts'

function frame(letter: string, request: number, flags = 0): Frame {
  const type = letter.charCodeAt(0)
  const payload = Buffer.from(type === FRAME.response ? [0, 200, flags] : [flags])
  return { type, request, payload }
}

/** Frames of request 1, a flag behind a letter as a digit. */
function after(...said: string[]): Turn {
  const turn = new Turn()
  turn.begin()
  for (const text of said) turn.take(frame(text[0]!, 1, Number(text[1] ?? 0)))
  return turn
}

const WHOLE = `R${FLAG.last}`
const BUSY = `R${FLAG.last | FLAG.busy}`
const PHASES: readonly [said: string[], fitting: string][] = [
  [[], 'RIWZ'],
  [['I', 'W'], 'RIWZ'],
  [['R'], 'DEW'],
  [['R', 'D', 'W'], 'DEW'],
  [[WHOLE], ''],
  [['R', 'E'], ''],
  [['Z'], ''],
  [[BUSY], 'Z'],
  [['R', `E${FLAG.busy}`], 'Z'],
  [[BUSY, 'Z'], ''],
]

for (const [said, fitting] of PHASES) {
  test(`after "${said.join(' ')}" only "${fitting}" fits, and only about the present request`, () => {
    for (const letter of 'RDEIWZHUQX!') {
      for (const request of [0, 1, 2]) {
        const take = (): void => after(...said).take(frame(letter, request))
        if (request === 1 && fitting.includes(letter)) take()
        else assert.throws(take, /Cannot take a frame/, `${letter} ${request}`)
      }
    }
    after(...said).take(frame('L', 0))
  })
}

test('nothing fits before the first request, and nothing of one request fits the next', () => {
  assert.throws(() => new Turn().take(frame('R', 0)), /Cannot take a frame "R" about request 0/)
  const turn = after('R', 'E')
  turn.begin()
  assert.throws(() => turn.take(frame('R', 1)), /request 1 of the child: request 2 is in phase "owed"/)
  turn.take(frame('R', 2))
  assert.throws(() => turn.take(frame('D', 1)))
})
