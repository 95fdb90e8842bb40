import assert from 'node:assert/strict'
import { test } from 'node:test'
import { usableCpus } from '../../src/config/cpus.ts'

type Files = Readonly<Record<string, string>>

const V1 = '/sys/fs/cgroup/cpu,cpuacct'
const CASES: readonly (readonly [string, number, number, Files])[] = [
  ['no control groups at all', 8, 8, {}],
  ['version 2, no quota', 8, 8, { '/proc/self/cgroup': '0::/a\n', '/sys/fs/cgroup/a/cpu.max': 'max 100000\n' }],
  ['version 2, quota of 2', 8, 2, { '/proc/self/cgroup': '0::/a\n', '/sys/fs/cgroup/a/cpu.max': '200000 100000\n' }],
  [
    'version 2, quota of 2.5 is two whole CPUs',
    8,
    2,
    { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': '250000 100000' },
  ],
  [
    'version 2, quota below one CPU is one',
    8,
    1,
    { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': '10000 100000' },
  ],
  [
    'version 2, the quota of a parent holds',
    8,
    3,
    {
      '/proc/self/cgroup': '0::/a/b\n',
      '/sys/fs/cgroup/a/b/cpu.max': 'max 100000',
      '/sys/fs/cgroup/a/cpu.max': '300000 100000',
    },
  ],
  [
    'version 2 in a container, where only the mount is there',
    8,
    4,
    { '/proc/self/cgroup': '0::/docker/0123\n', '/sys/fs/cgroup/cpu.max': '400000 100000' },
  ],
  [
    'version 2, outside of the name space',
    8,
    4,
    { '/proc/self/cgroup': '0::/../x\n', '/sys/fs/cgroup/cpu.max': '400000 100000' },
  ],
  ['a quota above the CPU set', 2, 2, { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': '800000 100000' }],
  [
    'version 1, quota of 2',
    8,
    2,
    {
      '/proc/self/cgroup': '7:memory:/m\n4:cpu,cpuacct:/a\n',
      [`${V1}/a/cpu.cfs_quota_us`]: '200000\n',
      [`${V1}/a/cpu.cfs_period_us`]: '100000\n',
    },
  ],
  [
    'version 1 in a container',
    8,
    1,
    {
      '/proc/self/cgroup': '4:cpu,cpuacct:/docker/1\n',
      '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '50000',
      '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000',
    },
  ],
  [
    'version 1, no quota',
    8,
    8,
    {
      '/proc/self/cgroup': '4:cpu:/\n',
      '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1',
      '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000',
    },
  ],
  [
    'both versions at once (hybrid)',
    8,
    2,
    {
      '/proc/self/cgroup': '4:cpu:/\n0::/x\n',
      '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '200000',
      '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000',
    },
  ],
  ['nonsense in the files', 8, 8, { '/proc/self/cgroup': '0::/\nrubbish\n', '/sys/fs/cgroup/cpu.max': 'what' }],
]

for (const [name, parallelism, cpus, files] of CASES) {
  test(`CPUs: ${name}: ${cpus} of ${parallelism}`, () => {
    assert.equal(usableCpus({ parallelism, readText: path => files[path] }), cpus)
  })
}
