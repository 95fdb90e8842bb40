import assert from 'node:assert/strict'
import { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { findStreamBinding, missingHttpMembers, missingServerMembers } from '../src/node-internals.ts'

type FindBinding = (name: string) => object
const { binding } = process as unknown as { binding: FindBinding }

/** `binding` with one member of one handle hidden. */
function without(wrap: string, member: string): FindBinding {
  return name => {
    const found = binding(name) as Record<string, { prototype: object }>
    if (name !== wrap) return found
    const kind = name === 'tcp_wrap' ? 'TCP' : 'Pipe'
    const prototype = new Proxy(found[kind]!.prototype, { has: (target, key) => key !== member && key in target })
    return { [kind]: { prototype } }
  }
}

test('this Node has the streams below its sockets', () => {
  assert.notEqual(findStreamBinding(binding, ''), undefined)
})

for (const wrap of ['tcp_wrap', 'pipe_wrap']) {
  for (const member of ['onread', 'useUserBuffer', 'writev', 'fd', 'shutdown']) {
    test(`sockets serve where ${wrap} has no ${member}`, () => {
      assert.equal(findStreamBinding(without(wrap, member), ''), undefined)
    })
  }
}

test('sockets serve with STARLIGHT_TRANSPORT=socket, without process.binding, and where it is forbidden or empty', () => {
  assert.equal(findStreamBinding(binding, 'socket'), undefined)
  assert.equal(
    findStreamBinding(() => undefined as never, ''),
    undefined,
  )
  assert.equal(
    findStreamBinding(() => ({}), ''),
    undefined,
  )
  const forbidden = (): never => {
    throw new Error('ERR_ACCESS_DENIED')
  }
  assert.equal(findStreamBinding(forbidden, ''), undefined)
})

test('the objects of node:http have every member that we use; what a Node lacks is named', () => {
  const req = new IncomingMessage(null as never)
  const res = new ServerResponse(req)
  assert.deepEqual(missingHttpMembers(req, res), [])
  const lacking = { _readableState: { ended: false } } as never
  const missing = missingHttpMembers(
    lacking,
    new Proxy(res, { has: (target, key) => key !== '_storeHeader' && key in target }),
  )
  assert.ok(missing.includes('IncomingMessage._addHeaderLines'))
  assert.ok(missing.includes('IncomingMessage._readableState.closed'))
  assert.ok(!missing.includes('IncomingMessage._readableState.ended'))
  assert.deepEqual(
    missing.filter(name => name.startsWith('ServerResponse')),
    ['ServerResponse._storeHeader'],
  )
})

test('this Node has what answers the listen of an application, and what is missing is named', () => {
  const server = createServer()
  assert.deepEqual(missingServerMembers(server), [])
  const poorer = new Proxy(server, { has: (target, key) => key !== '_listen2' && key in target })
  assert.deepEqual(missingServerMembers(poorer), ['net.Server._listen2'])
})
