import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FLAG, FRAME, type Frame } from '../../../src/app/perl/frames.ts'
import { type Phase, Turn } from '../../../src/app/perl/turn.ts'
import { ofPerlModule, PLAIN_PERL_SKIP } from '../../support/perl.ts'

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
  assert.throws(() => turn.take(frame('R', 1)), /request 1 of the child: request 2 is in phase "pending"/)
  turn.take(frame('R', 2))
  assert.throws(() => turn.take(frame('D', 1)))
})

const ENDINGS: Readonly<Record<string, number>> = { free: 0, work: FLAG.busy, leave: FLAG.leaving }
const AS_PHASE: Readonly<Record<string, Phase>> = { delayed: 'pending', stream: 'body', left: 'waiting' }

/** The frame that a child in `state` sends with an event; undefined for none. */
function said(state: string, event: string): string | undefined {
  if (event === 'begin') return 'R0'
  const flags = ENDINGS[event]
  if (flags === undefined) return undefined
  if (state === 'busy') return `Z${flags}`
  return (AS_PHASE[state] ?? state) === 'pending' ? `R${flags | FLAG.last}` : `E${flags | FLAG.last}`
}

test('whatever way a child goes through its states, what it says fits', { skip: PLAIN_PERL_SKIP }, () => {
  const next = ofPerlModule('State', '\\%Starlight::Host::State::NEXT') as Record<string, Record<string, string>>
  let ways = 0
  const walk = (state: string, frames: readonly string[], length: number): void => {
    const turn = after(...frames)
    assert.equal(turn.phase, AS_PHASE[state] ?? state, `${frames.join(' ')} and ${state}`)
    ways++
    if (length === 0 || state === 'waiting') return
    for (const [event, then] of Object.entries(next[state]!)) {
      const frame = said(state, event)
      walk(then, frame === undefined ? frames : [...frames, frame], length - 1)
    }
  }
  walk(next['waiting']!['request']!, [], 6)
  assert.ok(ways > 30)
  assert.deepEqual(next['left'], {})
})
