import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type UpgradeOptions, Upgrades } from '../../../src/supervisor/master/upgrade.ts'
import type { DesiredState } from '../../../src/supervisor/state/desired-state.ts'
import { resolved } from '../../config/resolved.ts'

const { config } = resolved(['a.ts'])

for (const [where, desired, pid, reason] of [
  [
    'the server of a Perl program',
    { phase: 'serving', config: { ...config, zygoteFd: 3 } },
    process.pid,
    'the Perl program that started this server would take its end for its own',
  ],
  ['process 1', { phase: 'serving', config }, 1, 'process 1 cannot be replaced, start a new container'],
  ['a server that starts', { phase: 'first', config }, process.pid, 'this server does not serve yet, or not any more'],
] as const) {
  test(`USR2 is ignored by ${where}, with a line in the log`, t => {
    const own = Object.getOwnPropertyDescriptor(process, 'pid')!
    Object.defineProperty(process, 'pid', { ...own, value: pid })
    t.after(() => Object.defineProperty(process, 'pid', own))
    const warned: string[] = []
    const options = { logs: { log: { warn: (line: string) => warned.push(line) } } }
    const upgrades = new Upgrades(options as unknown as UpgradeOptions)
    assert.equal(upgrades.begin(desired as unknown as DesiredState), undefined)
    assert.deepEqual(warned, [`USR2 is ignored: ${reason}`])
    assert.equal(upgrades.abandon(), false)
  })
}
