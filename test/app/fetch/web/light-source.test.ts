import assert from 'node:assert/strict'
import { test } from 'node:test'
import { byteStream, closeStream } from '../../../../src/app/fetch/web/byte-stream.ts'
import { installLightGlobals } from '../../../../src/app/fetch/web/globals.ts'

// On Node 20 the global class is loaded when it is asked for the first time: nothing here may do that before.
installLightGlobals()

test('the first stream of a process can be the body of a request, before anybody asks for the class', async () => {
  const body = byteStream({
    type: 'bytes',
    start(controller) {
      controller.enqueue(new TextEncoder().encode('posted'))
      closeStream(controller)
    },
  })
  let text = ''
  for await (const piece of body) text += Buffer.from(piece).toString()
  assert.equal(text, 'posted')
})
