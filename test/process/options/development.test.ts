// What the options of src/config/options/development.ts do.
import assert from 'node:assert/strict'
import { DEVELOPMENT_OPTIONS } from '../../../src/config/options/development.ts'
import type { StarlightProcess } from '../../support/starlight-process.ts'
import { effectsOf, type Served, served } from './effects.ts'

const NOT_YET = ['reload', 'reload-paths']

/** Ports of the inspectors that have said where they listen. */
function inspectors(server: StarlightProcess): Set<string> {
  return new Set(
    [...server.stderr.matchAll(/Debugger listening on ws:\/\/127\.0\.0\.1:(\d+)\//g)].map(([, port]) => port!),
  )
}

async function opensOne({ server }: Served): Promise<void> {
  const [port, ...others] = inspectors(server)
  assert.deepEqual(others, [])
  const targets = await fetch(`http://127.0.0.1:${port}/json/list`)
  assert.equal(targets.status, 200)
}

const groups = [
  served(
    { args: ['--workers=2'] },
    [
      '--inspect=0',
      'each worker has an inspector on a port of its own',
      ({ server }) => assert.equal(inspectors(server).size, 2),
    ],
    ['--inspect-worker=0', 'it is all of them', ({ server }) => assert.equal(inspectors(server).size, 2)],
  ),
  served({ args: ['--workers=2', '--inspect=127.0.0.1:0'] }, [
    '--inspect-worker=2',
    'one worker has an inspector',
    opensOne,
  ]),
]

effectsOf(DEVELOPMENT_OPTIONS, groups, NOT_YET)
