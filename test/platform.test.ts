import assert from 'node:assert/strict'
import test from 'node:test'
import { type Platform, platform, platformOf } from '../src/platform.ts'

/** The abilities of a system, by name. */
function abilities(name: string): string[] {
  const all = Object.entries(platformOf(name)) as [keyof Platform, unknown][]
  return all.filter(([, value]) => value === true).map(([key]) => key)
}

test('Linux can do all of it', () => {
  const { name: _name, longestSocketPath, ...flags } = platformOf('linux')
  assert.ok(Object.values(flags).every(Boolean))
  assert.equal(longestSocketPath, 107)
})

test('macOS has processes and sockets of Unix, and neither /proc, abstract names nor a fair SO_REUSEPORT', () => {
  const expected = [
    'inheritsSockets',
    'unixSockets',
    'signals',
    'users',
    'daemons',
    'descriptorLimit',
    'caseSensitiveVariables',
    'plainFileNames',
    'forks',
  ]
  assert.deepEqual(abilities('darwin'), expected)
  assert.equal(platformOf('darwin').longestSocketPath, 103)
})

test('Windows has none of the abilities that a server of Unix takes for granted', () => {
  assert.deepEqual(abilities('win32'), [])
})

test('a system that is not known is taken for a Unix without specialities', () => {
  assert.deepEqual(platformOf('plan9'), { ...platformOf('darwin'), name: 'plan9' })
})

test('this system is the one that Node names', () => {
  assert.deepEqual(platform, platformOf(process.platform))
})
