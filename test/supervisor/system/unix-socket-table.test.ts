import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rowsOf } from '../../../src/supervisor/system/unix-socket-table.ts'

const TABLE = `Num       RefCount Protocol Flags    Type St Inode Path
000000006a45df0d: 00000003 00000000 00000000 0001 03 238300
00000000cd9b0b08: 00000002 00000000 00000000 0001 01 219683 /run/a b.sock
00000000cd9b0b09: 00000002 00000000 00010000 0001 01     7 @name@@
00000000cd9b0b0a: 00000003 00000000 00000000 0001 03 219684 /run/a b.sock
`

test('rowsOf gives the sockets that have names, and whether they are bound or only connected', () => {
  assert.deepEqual(rowsOf(TABLE), [
    { inode: '219683', path: '/run/a b.sock', isBound: true },
    { inode: '7', path: '@name@@', isBound: true },
    { inode: '219684', path: '/run/a b.sock', isBound: false },
  ])
  assert.deepEqual(rowsOf(''), [])
})
