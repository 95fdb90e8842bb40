import assert from 'node:assert/strict'
import { test } from 'node:test'
import { watchTerminal } from '../../../src/supervisor/system/terminal.ts'

/** A watch over descriptors that are terminals as long as `open` has them. */
function watch(...open: number[]) {
  const state = { open, now: 0 }
  const terminal = watchTerminal(
    fd => state.open.includes(fd),
    () => state.now,
  )
  return { state, terminal }
}

test('without a terminal a HUP is never its end', () => {
  const { state, terminal } = watch()
  assert.equal(terminal.hangsUp(), false)
  state.open = []
  assert.equal(terminal.hangsUp(), false)
})

test('a HUP is the end of the terminal when the terminal has just gone', t => {
  for (const fd of [0, 1, 2]) {
    const { state, terminal } = watch(fd)
    t.after(() => terminal.forget())
    assert.equal(terminal.hangsUp(), false)
    state.open = []
    assert.equal(terminal.hangsUp(), true)
  }
})

test('a program that has outlived its terminal takes HUP for a target again', t => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const { state, terminal } = watch(1, 2)
  t.mock.timers.tick(10_000)
  state.open = []
  state.now = 10_900
  t.mock.timers.tick(1000)
  state.now += 5000
  assert.equal(terminal.hangsUp(), true, 'a shell on a slow machine')
  state.now += 1
  assert.equal(terminal.hangsUp(), false)
})
