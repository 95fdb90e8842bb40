import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { ConfigError } from '../../../src/config/errors.ts'
import { resolveConfig } from '../../../src/config/resolve.ts'
import {
  type ReadSources,
  readCommandLine,
  readSources,
  type SourceOptions,
} from '../../../src/config/sources/sources.ts'
import { mistakeOf } from '../resolved.ts'

const created: string[] = []
after(() => {
  for (const path of created) rmSync(path, { recursive: true })
})

function folder(files: Readonly<Record<string, string>>): string {
  const path = mkdtempSync(join(tmpdir(), 'starlight-sources-'))
  created.push(path)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text)
  return path
}

function read(cwd: string, argv: readonly string[] = [], more: Partial<SourceOptions> = {}): Promise<ReadSources> {
  return readSources({
    argv,
    env: {},
    cwd,
    importModule: () => Promise.reject(new Error('nothing to import')),
    ...more,
  })
}

async function rejection(promise: Promise<unknown>): Promise<string> {
  return await promise.then(
    () => 'nothing',
    (error: ConfigError) => error.message,
  )
}

test('the bare argument is the application', () => {
  assert.deepEqual(readCommandLine(['-q', 'app.ts']).get('app'), { value: 'app.ts', from: 'argument' })
})

test('a second application is refused', () => {
  const one = 'the application is "a.ts" already, one of them is needed'
  assert.equal(
    mistakeOf(() => readCommandLine(['a.ts', 'b.ts'])),
    `Cannot run "b.ts": ${one}`,
  )
  assert.equal(
    mistakeOf(() => readCommandLine(['--app=a.ts', 'b.ts'])),
    `Cannot run "b.ts": ${one}`,
  )
})

test('a config file in the working directory is found without being asked for', async () => {
  const cwd = folder({ 'starlight.config.json': '\uFEFF{ "workers": 5 }' })
  const { config, origins } = resolveConfig(await read(cwd))
  assert.deepEqual([config.workers, origins.workers], [5, 'starlight.config.json'])
  assert.deepEqual([config.config, origins.config], [join(cwd, 'starlight.config.json'), 'working directory'])
})

test('TypeScript goes before JSON, and is imported by the function that is given', async () => {
  const cwd = folder({ 'starlight.config.json': '{}', 'starlight.config.ts': '' })
  const asked: string[] = []
  const importModule = async (file: string): Promise<{ default: object }> => {
    asked.push(file)
    return { default: { workers: 6 } }
  }
  assert.equal(resolveConfig(await read(cwd, [], { importModule })).config.workers, 6)
  assert.deepEqual(asked, [join(cwd, 'starlight.config.ts')])
})

test('--config and STARLIGHT_CONFIG name another file', async () => {
  const cwd = folder({
    'starlight.config.json': '{ "workers": 1 }',
    'a.json': '{ "workers": 2 }',
    'b.json': '{ "workers": 3 }',
  })
  const env = { STARLIGHT_CONFIG: 'a.json' }
  assert.equal(resolveConfig(await read(cwd, [], { env })).config.workers, 2)
  assert.equal(resolveConfig(await read(cwd, ['-c', 'b.json'], { env })).config.workers, 3)
})

test('a config file that cannot be used is one sentence', async () => {
  const cwd = folder({ 'bad.json': '{', 'bad.mjs': '' })
  assert.equal(
    await rejection(read(cwd, ['-c', 'no.json'])),
    'Cannot read "no.json" of -c: it is missing, a config file is needed',
  )
  assert.equal(
    await rejection(read(cwd, ['-c', '.'])),
    'Cannot read "." of -c: it is not a file, a config file is needed',
  )
  assert.match(await rejection(read(cwd, ['-c', 'bad.json'])), /^Cannot read "bad.json": .+, valid JSON is needed$/)
  assert.equal(
    await rejection(read(cwd, ['-c', 'bad.mjs'])),
    'Cannot load "bad.mjs": nothing to import, a module that can be imported is needed',
  )
})

test('the machine is looked at only where an option asks', async () => {
  const cwd = folder({ 'a.txt': '' })
  const { system } = await read(cwd)
  assert.ok(system.cpus() >= 1)
  assert.equal(system.fileProblem(join(cwd, 'a.txt')), undefined)
  assert.equal(system.fileProblem(join(cwd, 'b.txt')), 'missing')
  assert.equal(system.fileProblem(cwd), 'not a file')
  assert.equal(system.directoryProblem(cwd), undefined)
  assert.equal(system.directoryProblem(join(cwd, 'b')), 'missing')
})

test('a misspelt variable is a warning', async () => {
  const { warnings } = await read(folder({}), [], { env: { STARLIGHT_WORKRES: '1' } })
  assert.deepEqual(warnings, ['STARLIGHT_WORKRES is no option and is ignored, the nearest is STARLIGHT_WORKERS'])
})
