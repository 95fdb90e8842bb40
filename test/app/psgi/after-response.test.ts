import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PsgiApp } from '../../../src/app/psgi/types.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { GET, tryApp } from './try-app.ts'

const POST = 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello'

test('an app that asks for nothing leaves no work behind', async () => {
  const { exchange, context } = await tryApp(() => [200, [], 'ok'], POST)
  assert.deepEqual(context.work, [])
  assert.equal(exchange.isRetiring, false)
  assert.equal(exchange.isClosing, false)
})

test('psgix.harakiri.commit closes the connection and retires the worker', async () => {
  const committing: PsgiApp[] = [
    env => {
      env['psgix.harakiri.commit'] = true
      return [200, [], 'bye']
    },
    async env => {
      env['psgix.harakiri.commit'] = true
      return [200, [], new Set(['b', 'ye'])]
    },
    env => respond => {
      env['psgix.harakiri.commit'] = true
      respond([200, [], 'bye'])
    },
  ]
  for (const app of committing) {
    const { exchange } = await tryApp(app)
    assert.equal(exchange.bodyText, 'bye')
    assert.equal(exchange.isRetiring, true)
  }
  const { exchange } = await tryApp(committing[0]!)
  assert.equal(exchange.isClosing, true)
})

test('psgix.harakiri.commit counts also when the app fails', async () => {
  const { exchange } = await tryApp(env => {
    env['psgix.harakiri.commit'] = true
    throw new Error('cannot go on')
  })
  assert.equal(exchange.answered?.status, 500)
  assert.equal(exchange.isRetiring, true)
})

test('cleanup handlers run in order, with the env, after the response', async () => {
  const states: string[] = []
  const { exchange, context } = await tryApp(env => {
    env['my.key'] = 'kept'
    env['psgix.cleanup.handlers'].push(
      async given => {
        await new Promise(setImmediate)
        states.push(`first ${String(given['my.key'])}`)
      },
      () => void states.push('second'),
    )
    return [200, [], 'ok']
  })
  assert.equal(exchange.bodyText, 'ok')
  assert.deepEqual(states, [])
  await Promise.all(context.work)
  assert.deepEqual(states, ['first kept', 'second'])
})

test('a cleanup handler that fails is logged and the next one runs', async () => {
  const boom = new Error('boom')
  let isCleaned = false
  const { context } = await tryApp(env => {
    env['psgix.cleanup.handlers'].push(
      () => Promise.reject(boom),
      () => void (isCleaned = true),
    )
    return [200, [], 'ok']
  })
  await Promise.all(context.work)
  assert.deepEqual(context.logged, [{ level: 'error', message: 'A handler of psgix.cleanup failed', cause: boom }])
  assert.equal(isCleaned, true)
})

test('a cleanup handler may commit harakiri', async () => {
  const { exchange, context } = await tryApp(env => {
    env['psgix.cleanup.handlers'].push(given => void (given['psgix.harakiri.commit'] = true))
    return [200, [], 'ok']
  })
  assert.equal(exchange.isRetiring, false)
  await Promise.all(context.work)
  assert.equal(exchange.isRetiring, true)
})

test('a body in a file can still be read by a cleanup handler, and is closed behind it', async () => {
  const spool = { memoryBytes: 2, directory: temporaryFolder('completion') }
  let seen = ''
  const app: PsgiApp = env => {
    env['psgix.cleanup.handlers'].push(() => {
      seen = env['psgi.input'].text()
    })
    return [200, [], env['psgi.input'].text()]
  }
  const { exchange, context } = await tryApp(app, POST, { spool })
  assert.equal(exchange.bodyText, 'hello')
  await Promise.all(context.work)
  assert.equal(seen, 'hello')
})

test('a body in a file is closed after the request', async () => {
  const spool = { memoryBytes: 2, directory: temporaryFolder('completion') }
  let read = (): unknown => undefined
  const app: PsgiApp = env => {
    read = () => env['psgi.input'].bytes()
    return [200, [], 'ok']
  }
  const { context } = await tryApp(app, POST, { spool })
  assert.equal(context.work.length, 1)
  await Promise.all(context.work)
  assert.throws(read)
})

test('psgix.cleanup.handlers that is no list any more is let be', async () => {
  const { context } = await tryApp(env => {
    Object.assign(env, { 'psgix.cleanup.handlers': undefined })
    return [200, [], 'ok']
  }, GET)
  assert.deepEqual(context.logged, [])
  assert.deepEqual(context.work, [])
})
