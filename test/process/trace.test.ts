// NODE_DEBUG: each section prints its steps to stderr, and nothing without it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startStarlight } from '../support/starlight-process.ts'
import { APP } from './supervisor-support.ts'

const SECTIONS = {
  connection: [/CONNECTION \d+: 127\.0\.0\.1: waiting, request -> exchange/, /GET \/hello: pending, begin -> body/],
  pool: [/POOL \d+: {"type":"spawned"/, /"type":"ready"/],
  master: [/MASTER \d+: phase rest, allReady -> serving/],
  loader: [/LOADER \d+: .*app\.mjs is taken for the kind "fetch"/],
}

async function traced(sections: readonly string[]): Promise<string> {
  const env: Record<string, string> =
    sections.length === 0 ? {} : { NODE_DEBUG: sections.map(name => `starlight:${name}`).join(',') }
  await using server = await startStarlight(['--host=127.0.0.1', '--port=0', '--workers=1', APP], { env })
  await (await fetch(`${server.url}/hello`)).text()
  await server.stop()
  return server.stderr
}

test('NODE_DEBUG=starlight:... prints the steps of the sections that it names', async () => {
  const said = await traced(Object.keys(SECTIONS))
  for (const pattern of Object.values(SECTIONS).flat()) assert.match(said, pattern)
})

test('NODE_DEBUG=starlight:pool prints no other section, and without NODE_DEBUG nothing is printed', async () => {
  const said = await traced(['pool'])
  assert.match(said, /STARLIGHT:POOL/)
  assert.doesNotMatch(said, /STARLIGHT:(?:CONNECTION|MASTER|LOADER)/)
  assert.doesNotMatch(await traced([]), /STARLIGHT:/)
})
