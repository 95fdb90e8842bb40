// `starlight-starter --stop` and `--restart` signal what a pid file names: only if it is the file of the one who asks, of root, or of the process.

import assert from 'node:assert/strict'
import { execFile, execFileSync, spawn } from 'node:child_process'
import { chownSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { ROOT } from '../support/root.ts'
import { isAlive } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const STARTER = join(ROOT, 'bin', 'starlight-starter.js')
const NOBODY = 65_534
const IS_ROOT = process.getuid?.() === 0

/** Writes something to `path` that leads to the process `pid`, by way of `other` if need be. */
type Plant = (path: string, pid: number, other: string) => void

const REFUSED: Readonly<Record<string, { plant: Plant; reason: RegExp; needsRoot?: boolean }>> = {
  'the file of another user': {
    plant: (path, pid) => {
      writeFileSync(path, `${pid}\n`)
      chownSync(path, NOBODY, NOBODY)
    },
    reason: /user 65534 has made it, and process \d+ is of another user/,
    needsRoot: true,
  },
  'a link to another pid file': {
    plant: (path, pid, other) => {
      writeFileSync(other, `${pid}\n`)
      symlinkSync(other, path)
    },
    reason: /it is a symbolic link/,
  },
  'a FIFO': { plant: path => void execFileSync('mkfifo', [path]), reason: /it is not a regular file/ },
  'a file that is older than the process': {
    plant: (path, pid) => {
      writeFileSync(path, `${pid}\n`)
      utimesSync(path, 1, 1)
    },
    reason: /no process runs that ".*" names/,
  },
  'a huge file': {
    plant: path => {
      writeFileSync(path, '')
      truncateSync(path, 2 ** 40)
    },
    reason: /no process runs that ".*" names/,
  },
  'an empty file': { plant: path => writeFileSync(path, ''), reason: /no process runs that ".*" names/ },
}

function bystander(t: TestContext): number {
  const child = spawn('sleep', ['1000'])
  t.after(() => child.kill('SIGKILL'))
  return child.pid ?? 0
}

for (const [name, { plant, reason, needsRoot = false }] of Object.entries(REFUSED)) {
  test(`no process is signalled for ${name}`, { skip: needsRoot && !IS_ROOT && 'root is needed' }, async t => {
    const directory = temporaryFolder('test')
    const [path, status, pid] = [join(directory, 'pid'), join(directory, 'status'), bystander(t)]
    writeFileSync(status, `1:${pid}\n`)
    plant(path, pid, join(directory, 'other'))
    for (const word of ['--stop', '--restart']) {
      const said = await new Promise<string>(resolve => {
        execFile(
          process.execPath,
          [STARTER, `--pid-file=${path}`, `--status-file=${status}`, word],
          (error, _, stderr) => resolve(`${error?.code} ${stderr}`),
        )
      })
      assert.match(said, /^1 /)
      assert.match(said, reason)
      assert.ok(isAlive(pid))
    }
  })
}
