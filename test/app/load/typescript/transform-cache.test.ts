import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, beforeEach, test } from 'node:test'
import { type Compiled, cached } from '../../../../src/app/load/typescript/transform-cache.ts'

const own = tmpdir()
const temporary: string[] = []
beforeEach(() => {
  const directory = mkdtempSync(join(own, 'starlight-cache-test-'))
  temporary.push(directory)
  process.env['TMPDIR'] = directory
})
after(() => {
  for (const directory of temporary) rmSync(directory, { recursive: true, force: true })
})

let compiled = 0
const compile = (): Compiled => {
  compiled += 1
  return { code: `\n// ${compiled}\n`, format: 'module' }
}

function entries(): string[] {
  const [directory = ''] = readdirSync(tmpdir())
  return readdirSync(join(tmpdir(), directory))
}

test('the same source is compiled once', () => {
  const first = cached('/x/a.ts', 'source', [], compile)
  const before = compiled
  assert.deepEqual(cached('/x/a.ts', 'source', [], compile), first)
  assert.equal(compiled, before)
})

test('another source, other settings and another file are compiled anew', () => {
  const first = cached('/x/a.ts', 'source', ['module'], compile)
  assert.notEqual(cached('/x/a.ts', 'sourcE', ['module'], compile).code, first.code)
  assert.notEqual(cached('/x/a.ts', 'sourcE', ['commonjs'], compile).code, first.code)
  assert.notEqual(cached('/x/b.ts', 'source', ['module'], compile).code, first.code)
})

test('a changed source replaces the entry of its file', () => {
  for (const source of ['a', 'b', 'c']) cached('/x/a.ts', source, [], compile)
  assert.equal(entries().length, 1)
})

test('nobody else can read or write the cache', () => {
  cached('/x/a.ts', 'source', [], compile)
  const [directory = ''] = readdirSync(tmpdir())
  assert.equal(statSync(join(tmpdir(), directory)).mode & 0o777, 0o700)
  assert.equal(statSync(join(tmpdir(), directory, entries()[0] ?? '')).mode & 0o777, 0o600)
})

function takenName(): string {
  const probe = mkdtempSync(join(own, 'starlight-cache-test-'))
  temporary.push(probe)
  const mine = process.env['TMPDIR']
  process.env['TMPDIR'] = probe
  cached('/x/a.ts', 'source', [], compile)
  process.env['TMPDIR'] = mine
  return readdirSync(probe)[0] ?? ''
}

test('a directory that others can write is not used', () => {
  const directory = join(tmpdir(), takenName())
  mkdirSync(directory)
  chmodSync(directory, 0o777)
  const first = cached('/x/a.ts', 'source', [], compile)
  assert.notEqual(cached('/x/a.ts', 'source', [], compile).code, first.code)
  assert.deepEqual(readdirSync(directory), [])
})

test('a link in the place of the directory is not followed', () => {
  const elsewhere = join(tmpdir(), 'elsewhere')
  mkdirSync(elsewhere, { mode: 0o700 })
  symlinkSync(elsewhere, join(tmpdir(), takenName()))
  cached('/x/a.ts', 'source', [], compile)
  assert.deepEqual(readdirSync(elsewhere), [])
})

test('without a temporary directory everything is compiled', () => {
  process.env['TMPDIR'] = join(tmpdir(), 'not', 'there')
  rmSync(join(tmpdir()), { recursive: true, force: true })
  const file = join(own, 'not-there')
  process.env['TMPDIR'] = '/dev/null'
  assert.equal(cached(file, 'source', [], compile).format, 'module')
})
