import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { sourceExcerpt } from '../../../src/app/development/source-excerpt.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

function sourceFile(name = 'my app.ts'): string {
  const path = join(temporaryFolder('excerpt'), name)
  writeFileSync(path, Array.from({ length: 20 }, (_, i) => `line ${i + 1}`).join('\n'))
  return path
}

test('sourceExcerpt shows five lines around the frame', () => {
  const file = sourceFile()
  const excerpt = sourceExcerpt(`Error: x\n    at handler (${file}:10:3)\n    at node:internal/main:1:1`)
  assert.equal(excerpt?.file, file)
  assert.equal(excerpt?.line, 10)
  assert.deepEqual(
    excerpt?.lines.map(({ number }) => number),
    [5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
  )
  assert.equal(excerpt?.lines[5]?.text, 'line 10')
})

test('sourceExcerpt shows what there is at the ends of a file', () => {
  const file = sourceFile()
  const numbersAt = (line: number) => sourceExcerpt(`    at ${file}:${line}:1`)?.lines.map(({ number }) => number)
  assert.deepEqual(numbersAt(1), [1, 2, 3, 4, 5, 6])
  assert.deepEqual(numbersAt(20), [15, 16, 17, 18, 19, 20])
})

test('sourceExcerpt reads frames of every form', () => {
  const file = sourceFile()
  const url = pathToFileURL(file).href
  const frames = [
    `at async handler (${file}:3:1)`,
    `at ${file}:3:1`,
    `at async ${url}:3:1`,
    `at f (${url}?v=2:3:1)`,
    `at new A (${url}:3:1)`,
  ]
  for (const frame of frames) assert.equal(sourceExcerpt(`Error: x\n    ${frame}`)?.line, 3, frame)
})

test('sourceExcerpt prefers the application to a package', () => {
  const file = sourceFile()
  const folder = join(temporaryFolder('excerpt'), 'node_modules', 'a')
  mkdirSync(folder, { recursive: true })
  const inPackage = join(folder, 'index.js')
  writeFileSync(inPackage, 'x')
  assert.equal(sourceExcerpt(`Error\n    at a (${inPackage}:1:1)\n    at b (${file}:2:1)`)?.file, file)
  assert.equal(sourceExcerpt(`Error\n    at a (${inPackage}:1:1)`)?.file, inPackage)
})

test('sourceExcerpt gives nothing where there is nothing to show', () => {
  const file = sourceFile()
  for (const stack of [
    '',
    'Error: x',
    `    at f (${file}:99:1)`,
    '    at f (/nowhere/x.js:1:1)',
    '    at node:fs:1:1',
    '    at f (<anonymous>)',
  ]) {
    assert.equal(sourceExcerpt(stack), undefined, stack)
  }
})
