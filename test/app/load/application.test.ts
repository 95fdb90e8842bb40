import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { loadApplication } from '../../../src/app/load/application.ts'
import { AppLoadError } from '../../../src/app/load/failure.ts'
import { loadedFiles } from '../../../src/app/load/hooks/hooks.ts'
import { ConfigError } from '../../../src/config/errors.ts'
import { answer, answerOf, appDirectory, load } from './app-directory.ts'

const APP = '() => [200, [], ["ok"]]'

const EXPORTS: Readonly<Record<string, Record<string, string>>> = {
  'a default export': { 'a.mjs': `export default ${APP}` },
  'an export named app': { 'a.mjs': `export const x = 1\nexport const app = ${APP}` },
  'an export named handler': { 'a.mjs': `export const handler = ${APP}` },
  'a promise of an application': { 'a.mjs': `export default Promise.resolve(${APP})` },
  'module.exports': { 'a.cjs': `module.exports = ${APP}` },
  'exports.default': {
    'a.cjs': `Object.defineProperty(exports, '__esModule', { value: true })\nexports.default = ${APP}`,
  },
  'module.exports.app': { 'a.cjs': `module.exports = { app: ${APP} }` },
  'module.exports of a .js file': { 'a.js': `module.exports = ${APP}` },
  'a default export of an untyped .js file': { 'a.js': `export default ${APP}`, 'package.json': '{"type":"module"}' },
  'a file without extension': { a: `module.exports = ${APP}` },
}
for (const [title, files] of Object.entries(EXPORTS)) {
  test(`the application may be ${title}`, async () => {
    assert.equal(await answerOf(files), 'ok')
  })
}

test('an export named fetch is a fetch application', async () => {
  const { verdict } = await load({ 'a.mjs': 'export function fetch(anything) {}' })
  assert.deepEqual(verdict, { kind: 'fetch', because: 'the export is named fetch', isGuess: false })
})

test('an application with fetch as default export of CommonJS stays whole', async () => {
  const { value, verdict } = await load({ 'a.cjs': 'module.exports = { fetch() {}, port: 1 }' })
  assert.deepEqual(Object.keys(value as object), ['fetch', 'port'])
  assert.equal(verdict.kind, 'fetch')
})

test('an export named upgrade comes with the application', async () => {
  const fromModule = await load({ 'a.mjs': 'export default (req, res) => {}\nexport function upgrade() {}' })
  const fromCommonJs = await load({ 'a.cjs': 'exports.handler = (req, res) => {}\nexports.upgrade = () => {}' })
  assert.equal(typeof fromModule.upgrade, 'function')
  assert.equal(typeof fromCommonJs.upgrade, 'function')
})

test('a package is found from the working directory', async () => {
  const files = {
    'node_modules/shop/package.json': '{"exports":{".":{"import":"./main.mjs"}}}',
    'node_modules/shop/main.mjs': `export default ${APP}`,
  }
  const { value, file } = await load(files, { app: 'shop' })
  assert.equal(await answer(value), 'ok')
  assert.equal(file, undefined)
})

test('a directory is an application', async () => {
  const files = { 'site/package.json': '{"type":"module","main":"main.js"}', 'site/main.js': `export default ${APP}` }
  assert.equal(await answerOf(files, { app: 'site' }), 'ok')
})

async function refusal(files: Record<string, string>, spec?: Parameters<typeof load>[1]): Promise<ConfigError> {
  const loading = load(files, spec)
  const error = await loading.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof ConfigError)
  assert.equal(error.exitCode, 4)
  return error
}

test('an application that throws while it loads is refused with its own error and line', async () => {
  const error = await refusal({
    'a.ts': `const x: number = 1\n\nthrow new TypeError('no database ' + x)`,
    'package.json': '{"type":"module"}',
  })
  assert.ok(error instanceof AppLoadError)
  assert.match(error.message, /^Cannot load "\/.*a\.ts": TypeError: no database 1$/)
  assert.ok(error.cause instanceof TypeError)
  assert.match(error.cause.stack ?? '', /a\.ts:3:7/)
})

for (const thrown of ['Object.create(null)', '{ toString() { throw new RangeError() } }'])
  test(`an application that throws what has no text is refused all the same: ${thrown}`, async () => {
    const error = await refusal({ 'a.mjs': `throw ${thrown}` })
    assert.ok(error instanceof AppLoadError)
    assert.match(error.message, /^Cannot load "\/.*a\.mjs": it threw \[object Object\]$/)
  })

test('stack lines are those of the source in a file that stripping cannot take', async () => {
  const program = `enum E {\n  A,\n  B,\n}\n\ninterface Long {\n  a: 1\n}\n\nclass C { constructor(private x: E) {} }\nnew C(E.A)\nthrow new Error('here')`
  const error = await refusal({ 'a.ts': program, 'package.json': '{"type":"module"}' })
  assert.match((error.cause as Error).stack ?? '', /a\.ts:12:/)
})

test('a syntax error is shown with its file and line', async () => {
  const files = {
    'a.ts': `import './b.ts'\nexport default () => [200, [], []]`,
    'b.ts': `const ok: number = 1\nconst = 2\n`,
    'package.json': '{"type":"module"}',
  }
  const error = await refusal(files)
  assert.ok(error.cause instanceof SyntaxError)
  assert.match(error.cause.stack ?? '', /b\.ts:2/)
})

test('a syntax error of plain JavaScript is shown with its file and line, too', async () => {
  const error = await refusal({ 'a.mjs': `import './b.mjs'\nexport default 1`, 'b.mjs': 'const ok = 1\nconst = 2\n' })
  assert.ok(error.cause instanceof SyntaxError)
  assert.match(error.cause.stack ?? '', /^\/.*b\.mjs:2\nconst = 2\n {6}\^\n\nSyntaxError: Unexpected token/)
})

test('a rejected default export is the application that cannot load', async () => {
  const error = await refusal({ 'a.mjs': 'export default Promise.reject(new Error("later"))' })
  assert.match(error.message, /Error: later$/)
})

test('a missing import is told as it is', async () => {
  const error = await refusal({ 'a.mjs': "import './gone.js'\nexport default 1" })
  assert.match(error.message, /Cannot find module .*gone\.js/)
})

test('an export that is no application is shown beside what is accepted', async () => {
  const error = await refusal({ 'a.mjs': 'export default 42' })
  assert.match(
    error.message,
    /the export "default" of "\/.*a\.mjs" is 42, a function \(env\) => \[status, headers, body\], .* is needed; docs\/frameworks\.md says how each framework is run$/,
  )
})

test('a module without a fitting export is told which it has', async () => {
  assert.match(
    (await refusal({ 'a.mjs': 'export const main = 1, other = 2' })).message,
    /exports only main, other, a default export or one named/,
  )
  assert.match((await refusal({ 'a.mjs': '1' })).message, /exports nothing/)
})

const EVALUATED: Readonly<Record<string, string>> = {
  'an expression': APP,
  'an expression with types and a semicolon': '(env: object): unknown => [200, [], ["ok"]];',
  'an expression behind imports':
    'import { join } from "node:path"; import fs from "node:fs"\n() => [200, [], [join("o", "k").replace("/", "") + (typeof fs)[9] || ""]]',
  'a module body': 'const text: string = "ok"\nexport default () => [200, [], [text]]',
  'an expression that waits': 'await Promise.resolve(() => [200, [], ["ok"]])',
  'an import from the working directory': 'import { text } from "./lib.ts"; () => [200, [], [text]]',
}
for (const [title, evaluate] of Object.entries(EVALUATED)) {
  test(`-e takes ${title}`, async () => {
    assert.match(await answerOf({ 'lib.ts': 'export const text: string = "ok"' }, { evaluate }), /^ok/)
  })
}

test('-e takes an object with fetch', async () => {
  assert.equal((await load({}, { evaluate: '{ fetch() { return new Response("x") } }' })).verdict.kind, 'fetch')
})

test('-e with a file wraps its application, and leaves it alone without a value', async () => {
  const files = { 'a.mjs': `export default ${APP}` }
  const around = 'app => async env => { const [s, h, b] = await app(env); return [s, h, ["<" + b + ">"]] }'
  assert.equal(await answerOf(files, { app: 'a.mjs', evaluate: around }), '<ok>')
  assert.equal(await answerOf(files, { app: 'a.mjs', evaluate: 'globalThis.seen = 1; if (1) {}' }), 'ok')
})

test('-e with a file refuses a value that cannot wrap', async () => {
  const error = await refusal({ 'a.mjs': `export default ${APP}` }, { app: 'a.mjs', evaluate: '42' })
  assert.match(error.message, /the value of -e is 42, with an application file a function/)
})

test('-e without a value and without a file is refused', async () => {
  assert.match((await refusal({}, { evaluate: 'let x = 1' })).message, /the code of -e has no value/)
})

test('-e that throws is refused with its own error', async () => {
  assert.match(
    (await refusal({}, { evaluate: 'nothing.here' })).message,
    /^Cannot load the code of -e: ReferenceError: nothing is not defined$/,
  )
  assert.match((await refusal({}, { evaluate: '(((' })).message, /^Cannot load the code of -e: SyntaxError/)
})

test('-M modules are loaded in order before the application, from file or package', async () => {
  const files = {
    'a.mjs': 'const seen = [...globalThis.order]\nexport default () => [200, [], [seen.join()]]',
    'first.ts': 'const name: string = "first"\n;(globalThis as any).order = [name]',
    'node_modules/second/index.js': 'globalThis.order.push("second")',
  }
  assert.equal(await answerOf(files, { app: 'a.mjs', module: ['./first.ts', 'second'] }), 'first,second')
})

test('-M of a missing module is refused by its name', async () => {
  const error = await refusal({ 'a.mjs': `export default ${APP}` }, { app: 'a.mjs', module: ['absent'] })
  assert.match(error.message, /^Cannot load the module "absent" \(-M\): .*Cannot find package 'absent'/)
})

test('-I directories come before node_modules, for import and require', async () => {
  const files = {
    'a.ts':
      'import { who } from "pkg"\nimport { createRequire } from "node:module"\nimport { sub } from "tools/sub.js"\nexport default () => [200, [], [who + sub + createRequire(import.meta.url)("pkg").who]]',
    'node_modules/pkg/index.js': 'exports.who = "node_modules"',
    'lib/pkg/index.cts': 'exports.who = "lib" as string',
    'lib/tools/sub.ts': 'export const sub: string = "+"',
  }
  assert.equal(await answerOf(files, { app: 'a.ts', include: ['lib'] }), 'lib+lib')
})

test('loadedFiles lists what the application loaded, without installed packages', async () => {
  const cwd = appDirectory({
    'a.ts': 'import "./b.js"\nimport "./c.cts"\nimport "pkg"\nexport default () => [200, [], []]',
    'b.ts': 'export const b: number = 1',
    'c.cts': 'require("./d.cjs")',
    'd.cjs': '',
    'unused.ts': '',
    'node_modules/pkg/index.js': '',
  })
  const { file } = await loadApplication({ app: 'a.ts', module: [], include: [], cwd })
  const own = loadedFiles().filter(path => path.startsWith(cwd))
  assert.equal(file, join(cwd, 'a.ts'))
  assert.deepEqual(own.map(path => path.slice(cwd.length + 1)).sort(), ['a.ts', 'b.ts', 'c.cts', 'd.cjs'])
})
