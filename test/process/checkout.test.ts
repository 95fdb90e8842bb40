// What the README promises of a fresh checkout, and what npm does with the package.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cpSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { ROOT } from '../support/root.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const run = promisify(execFile)
/** What tsc and the bundler read. */
const SOURCES = ['bin', 'src', 'scripts', 'package.json', 'tsconfig.json', 'tsconfig.build.json']

test('the first command in a checkout builds it, and the second one does not', async () => {
  const checkout = temporaryFolder('checkout')
  for (const name of SOURCES) cpSync(join(ROOT, name), join(checkout, name), { recursive: true })
  const command = [join(checkout, 'bin', 'starlight.js'), '--version']
  await assert.rejects(run(process.execPath, command), {
    code: 2,
    stderr: /Cannot start: it is not built, npm ci is needed first\n$/,
  })
  symlinkSync(join(ROOT, 'node_modules'), join(checkout, 'node_modules'))
  const first = await run(process.execPath, command)
  assert.match(first.stdout, /^Starlight\/\d/)
  assert.match(first.stderr, /Building dist/)
  assert.equal((await run(process.execPath, command)).stderr, '')
})

test('npm runs nothing where the package is installed', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>
  }
  assert.deepEqual(
    Object.keys(scripts).filter(name => /^(?:pre|post)?install$|^prepare$/.test(name)),
    [],
  )
})

test('README.md begins with the two commands of a checkout', () => {
  const [, block = ''] = /^# Starlight\n\n```sh\n([^`]*)```/.exec(readFileSync(join(ROOT, 'README.md'), 'utf8')) ?? []
  assert.match(block, /^npm ci && npx starlight examples\/hello\.ts .*\nnpm ci && npm test .*\n$/)
})
