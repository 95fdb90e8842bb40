import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answerOf } from './app-directory.ts'

const MODULE = { 'package.json': '{"type":"module"}' }
const says = (expression: string): string => `export default (env: object): unknown => [200, [], [${expression}]]\n`

const PROGRAMS: Readonly<Record<string, readonly [files: Record<string, string>, answer: string]>> = {
  'types only': [{ 'a.ts': `interface X { n: number }\nconst x: X = { n: 1 }\n${says('x.n')}`, ...MODULE }, '1'],
  'a .mts file': [{ 'a.mts': says('typeof require') }, 'undefined'],
  'a .cts file with CommonJS syntax': [
    { 'a.cts': `module.exports = (env: object) => [200, [], [typeof require]]` },
    'function',
  ],
  'a .cts file with ES module syntax': [
    { 'a.cts': `import { basename } from 'node:path'\n${says('basename(__filename)')}` },
    'a.cts',
  ],
  'a .ts file without package type and with import': [
    { 'a.ts': `import { basename } from 'node:path'\n${says('basename(import.meta.url)')}` },
    'a.ts',
  ],
  'a .ts file without package type and with require': [
    {
      'a.ts': `const { basename } = require('node:path')\nmodule.exports = (env: object) => [200, [], [basename(__filename)]]`,
    },
    'a.ts',
  ],
  'a .ts file without package type that mixes import and __dirname': [
    { 'a.ts': `import { basename } from 'node:path'\n${says('typeof __dirname + basename(__filename)')}` },
    'stringa.ts',
  ],
  'import in a CommonJS package': [
    {
      'a.ts': `import { basename } from 'node:path'\n${says('basename(__filename)')}`,
      'package.json': '{"type":"commonjs"}',
    },
    'a.ts',
  ],
  'top-level await': [{ 'a.ts': `const n: number = await Promise.resolve(5)\n${says('n')}`, ...MODULE }, '5'],
  'top-level await as the only sign of a module': [
    {
      'a.ts': `const { value } = await import('./b.ts')\nexport default value`,
      'b.ts': `export const value = () => [200, [], ['b']]`,
    },
    'b',
  ],
  'live bindings': [
    {
      'a.ts': `import { n, up } from './b.ts'\nup()\n${says('n')}`,
      'b.ts': `export let n: number = 1\nexport function up(): void { n += 1 }`,
      ...MODULE,
    },
    '2',
  ],
  'import.meta and dynamic import next to an enum': [
    {
      'a.ts': `enum E { A = 'a' }\nconst { b } = await import('./b.ts')\n${says('E.A + b + import.meta.url.slice(-4)')}`,
      'b.ts': `export enum F { B = 'b' }\nexport const b: F = F.B`,
      ...MODULE,
    },
    'aba.ts',
  ],
  'enums, namespaces and parameter properties': [
    {
      'a.ts': `enum E { One = 1, Two }\nnamespace N { export const x = 'n' }\nclass P { constructor(private readonly y: string) {}\n get z() { return this.y } }\n${says('E.Two + N.x + new P("p").z')}`,
      ...MODULE,
    },
    '2np',
  ],
  'types imported without saying so': [
    {
      'a.ts': `import { Shape, size } from './b.ts'\nconst s: Shape = { size }\n${says('s.size')}`,
      'b.ts': `export interface Shape { size: number }\nexport const size = 7`,
      ...MODULE,
    },
    '7',
  ],
  'a relative import without extension': [
    { 'a.ts': `import { b } from './b'\n${says('b')}`, 'b.ts': `export const b: string = 'b'`, ...MODULE },
    'b',
  ],
  'a relative import of a directory': [
    {
      'a.ts': `import { b } from './lib'\n${says('b')}`,
      'lib/index.ts': `export const b: string = 'index'`,
      ...MODULE,
    },
    'index',
  ],
  'an import of .js that is .ts': [
    { 'a.ts': `import { b } from './b.js'\n${says('b')}`, 'b.ts': `export const b: string = 'ts'`, ...MODULE },
    'ts',
  ],
  'an import of .js that exists': [
    {
      'a.ts': `import { b } from './b.js'\n${says('b')}`,
      'b.ts': `export const b: string = 'ts'`,
      'b.js': `export const b = 'js'`,
      ...MODULE,
    },
    'js',
  ],
  'require of a .ts file from .cts': [
    {
      'a.cts': `const { b } = require('./b.ts')\nmodule.exports = () => [200, [], [b]]`,
      'b.ts': `exports.b = 'required' as string`,
    },
    'required',
  ],
  'require of .js that is .ts, without extension': [
    {
      'a.cts': `const { b } = require('./b')\nmodule.exports = () => [200, [], [b]]`,
      'b.cts': `export const b: string = 'found'`,
    },
    'found',
  ],
  'named imports from a .cts file': [
    {
      'a.mts': `import { b } from './b.cts'\nimport whole from './b.cts'\n${says('b + whole.b')}`,
      'b.cts': `exports.b = 'n' as string`,
    },
    'nn',
  ],
  'named imports from a .cts file with ES module syntax': [
    { 'a.mts': `import { b } from './b.cts'\n${says('b')}`, 'b.cts': `export const b: string = 'named'` },
    'named',
  ],
  'JSON imports': [
    {
      'a.ts': `import data from './d.json' with { type: 'json' }\n${says('data.x')}`,
      'd.json': '{"x":"json"}',
      ...MODULE,
    },
    'json',
  ],
  'tsconfig paths': [
    {
      'a.ts': `import { b } from '@/b'\nimport { c } from '#c/x'\nimport { d } from 'exact'\n${says('b + c + d')}`,
      'tsconfig.json': `{ // comments and commas\n "extends": "./base.json", "compilerOptions": { "paths": { "@/*": ["./src/*"], "exact": ["./src/d.ts"], "@/b/*": ["./no/*"], }, } }`,
      'base.json': '{"compilerOptions":{"target":"es2022"}}',
      'package.json': '{"type":"module","imports":{"#c/*":"./src/*.ts"}}',
      'src/b.ts': `export const b: string = 'B'`,
      'src/x.ts': `export const c: string = 'C'`,
      'src/d.ts': `export const d: string = 'D'`,
    },
    'BCD',
  ],
  'tsconfig baseUrl falls back to packages': [
    {
      'a.ts': `import { b } from 'src/b'\nimport pkg from 'pkg'\n${says('b + pkg')}`,
      'tsconfig.json': '{"compilerOptions":{"baseUrl":"."}}',
      'src/b.ts': `export const b: string = 'B'`,
      'node_modules/pkg/index.js': `module.exports = 'P'`,
      ...MODULE,
    },
    'BP',
  ],
  'TypeScript in node_modules': [
    {
      'a.ts': `import { p } from 'pkg'\n${says('p')}`,
      'node_modules/pkg/package.json': '{"type":"module","exports":"./index.ts"}',
      'node_modules/pkg/index.ts': `export const p: string = 'packed'`,
      ...MODULE,
    },
    'packed',
  ],
  'JSX with its own source': [
    {
      'a.tsx': `/** @jsxImportSource mini */\nconst el: unknown = <p a="1">x</p>\nexport default () => [200, [], [JSON.stringify(el)]]`,
      'node_modules/mini/package.json': '{"type":"module","exports":{"./jsx-runtime":"./jsx.js"}}',
      'node_modules/mini/jsx.js': 'export const jsx = (type, props) => ({ type, ...props })',
      ...MODULE,
    },
    '{"type":"p","a":"1","children":"x"}',
  ],
  'JSX as tsconfig.json says': [
    {
      'a.jsx': `import { h } from './h.ts'\nexport default () => [200, [], [<p>{'y'}</p>]]`,
      'h.ts': `export const h = (type: string, props: unknown, ...rest: string[]): string => type + rest.join()`,
      'tsconfig.json': '{"compilerOptions":{"jsx":"react","jsxFactory":"h"}}',
      ...MODULE,
    },
    'py',
  ],
  'an at sign that is no decorator': [
    { 'a.ts': `// @ts-check\n/** @param x */\nconst at: string = '@Dec'\n${says('at')}`, ...MODULE },
    '@Dec',
  ],
}

for (const [title, [files, expected]] of Object.entries(PROGRAMS)) {
  test(`TypeScript runs: ${title}`, async () => {
    assert.equal(await answerOf(files), expected)
  })
}

test('decorators get the meaning of experimentalDecorators, with the types of parameters', async () => {
  const program = `
const seen: string[] = []
Reflect.metadata = (key: string, value: unknown) => (target: object, name?: string) => { seen.push(key + ':' + (Array.isArray(value) ? value.map(v => v.name) : (value as any).name)) }
function note(target: any, name?: any, extra?: any): void { seen.push(typeof target === 'function' && name === undefined ? 'class' : String(name) + typeof extra) }
function upper(target: object, name: string): void {
  Object.defineProperty(target, name, { set(v: string) { (this as any)['_' + name] = v.toUpperCase() }, get() { return (this as any)['_' + name] } })
}
class Dep {}
@note class Service {
  @note name!: string
  @upper title: string = 'mr'
  @note count = 2
  constructor(@note readonly dep: Dep) {}
  @note run(): void {}
}
const service = new Service(new Dep())
export default () => [200, [], [[seen.includes('class'), 'name' in service, service.title, service.count, service.dep instanceof Dep,
  seen.includes('design:paramtypes:Dep'), seen.includes('design:type:String'), seen.includes('runobject')].join()]]
`
  assert.equal(await answerOf({ 'a.ts': program, ...MODULE }), 'true,false,MR,2,true,true,true,true')
})
