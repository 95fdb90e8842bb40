// What the compiler makes of `experimentalDecorators`, enums, namespaces and parameter properties, held against what tsc makes of them.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { transformSource } from '../../src/app/load/typescript/transform.ts'
import { ROOT } from '../support/root.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** Decorators that say what they were given, and what comes of it. */
const PRELUDE = `
const say = (...words: unknown[]): void => void console.log(words.map(show).join(' '))
function show(it: unknown): string {
  if (typeof it === 'function') return 'class or function ' + it.name.replace(/^_/, '')
  if (typeof it === 'object' && it !== null) return '{' + Object.keys(it).sort().join() + '}'
  return String(it)
}
const note = (tag: string): any => (target: any, key?: any, more?: any) => {
  say(tag, typeof target === 'function' ? 'static' : 'prototype', key, typeof more === 'number' ? more : typeof more?.value + typeof more?.get)
}
const wrap = (tag: string): any => (_target: any, _key: any, descriptor: any) => {
  const inner = descriptor.value
  descriptor.value = function (this: unknown, ...args: unknown[]) { say('called', tag, ...args); return inner.apply(this, args) }
}
const wrapped = (tag: string): any => (_target: any, _key: any, descriptor: any) => ({ ...descriptor, value: function (this: unknown, ...args: unknown[]) { return tag + descriptor.value.apply(this, args) } })
const getter = (tag: string): any => (_target: any, _key: any, descriptor: any) => {
  const { get, set } = descriptor
  if (get) descriptor.get = function (this: unknown) { return tag + get.call(this) }
  if (set) descriptor.set = function (this: unknown, value: unknown) { say('set', tag, value); set.call(this, value) }
}
`

const PROGRAMS: Readonly<Record<string, string>> = {
  method: `class A { @wrap('m') m(a: number): string { return 'm' + a } @note('n') n() {} }
    say(new A().m(1), Object.keys(new A()).join())`,
  'several on one method': `class A { @note('1') @wrapped('2') @note('3') @wrap('4') m(a: string) { return a } }
    say(new A().m('x'))`,
  'async method': `class A { @wrap('m') async m(): Promise<number> { return 5 } @wrap('g') *g() { yield 1 } }
    say(await new A().m(), [...(new A().g() as any)].join())`,
  'static method': `class A { @wrap('s') static s(x: string) { return 's' + x } }
    say(A.s('y'))`,
  accessor: `class A { #v = 'v'; @getter('a') get v() { return this.#v } set v(x) { this.#v = x } }
    const a = new A(); a.v = 'w'; say(a.v)`,
  'static accessor': `class A { static x = 1; @getter('a') static get v() { return 'v' + this.x } }
    say(A.v)`,
  field: `class A { @note('f') f = 1; @note('g') g!: string; @note('h') h: number = 2 }
    const a = new A(); say(a.f, 'g' in a, a.h, Object.keys(a).sort().join())`,
  'field that becomes an accessor': `const upper: any = (t: any, k: string) => { Object.defineProperty(t, k, { set(v) { this['_' + k] = v.toUpperCase() }, get() { return this['_' + k] } }) }
    class A { @upper f: string = 'mr' }
    say(new A().f)`,
  'fields in order': `class A { a = say('a'); @note('b') b = say('b'); c = say('c') }
    new A()`,
  parameter: `class A { m(@note('p') a: string, b: number, @note('q') c?: object) { return a + b + c } @note('m') n(@note('r') x: Date) {} static s(@note('t') y: number) {} }
    say(new A().m('x', 1))`,
  'constructor parameter': `class D {} class A { constructor(@note('c') readonly d: D, private e = 5, protected readonly f?: string) { say('made', this.d instanceof D, this.e, this.f) } }
    new A(new D())`,
  class: `const sealed: any = (c: any) => { say('sealed', c.name); Object.seal(c) }
    @sealed @note('k') class A { static x = 1 }
    say(Object.isSealed(A), A.x, A.name)`,
  'class that is replaced': `const swap: any = (c: any) => class extends c { extra = 'more' }
    @swap class A { own = 'own'; static make() { return 'made' } }
    say((new A() as any).extra, A.make(), new A().own)`,
  'class with arguments': `@note('x' + 1) class A {} ; @(note('y')) class B {}
    say(new A() instanceof A, new B() instanceof B)`,
  'class exported': `@note('e') export class A { @wrap('m') m() { return 1 } }
    say(new A().m())`,
  'class exported by default': `@note('e') export default class A { @wrap('m') m() { return 1 } }
    say(new A().m())`,
  'computed and quoted names': `const key = 'k' + 1; const sym = Symbol('s')
    class A { [key](a: number) { return a } [sym]() { return 's' } @note('q') 'quoted name'() {} @note('5') 5() {} @wrap('m') m() { return this[sym]() } }
    say((new A() as any).k1(3), new A().m())`,
  'private names beside': `class A { #secret = 's'; static #count = 0; @wrap('m') m() { A.#count++; return this.#secret + A.#count } #hidden() { return 'h' } @wrap('h') h() { return this.#hidden() } }
    say(new A().m(), new A().h())`,
  inheritance: `abstract class Base { @wrap('base') m() { return 'base' } abstract n(): string; @note('bf') f = 'f' }
    class A extends Base { @wrap('a') override m() { return super.m() + 'a' } @wrap('n') n() { return 'n' } @note('af') override f = 'g' }
    say(new A().m(), new A().n(), new A().f)`,
  'this and arguments': `class A { v = 3; @wrap('m') m(...args: number[]) { return this.v + args.length } @wrap('d') d(a = 2, { b }: { b: number } = { b: 4 }) { return a + b + this.v } }
    say(new A().m(1, 2), new A().d())`,
  'overloads and optional members': `class A { m(a: string): string; m(a: number): number; @wrap('m') m(a: any): any { return a } declare x: number; y?: string }
    say(new A().m(1), 'x' in new A())`,
  'expression decorators': `const ns = { of: { note } }
    class A { @ns.of.note('ns') m() {} @(true ? note('t') : note('f')) n() {} }
    say(typeof new A().m)`,
  'decorator factories in order': `const f = (tag: string): any => { say('evaluated', tag); return () => say('applied', tag) }
    @f('class') class A { @f('m1') @f('m2') m() {} @f('p') p = 1; @f('g') get g() { return 1 } n(@f('arg') a: string) {} }
    say(new A().p)`,
  'types of all kinds': `class Dep {} interface I { a: string } type U = string | number; enum E { A, B } enum S { A = 'a' }
    class A { @note('1') m(a: Dep, b: I, c: U, d: E, e: S, f: string[], g: Promise<void>, h: () => void, i: any, j: null, k: boolean, l: bigint, m: symbol, ...n: Dep[]): Dep | undefined { return undefined }
      @note('2') f!: Map<string, number>; @note('3') async p(): Promise<string> { return '' } @note('4') set s(v: Date) {} }
    say(typeof A)`,
  enums: `enum Color { Red, Green = 5, Blue } enum Word { A = 'a', B = A } const enum Flag { One = 1 << 0, Two = 1 << 1, Both = One | Two }
    enum Made { Length = 'abc'.length, Next = Length + 1 }
    say(Color.Red, Color[5], Color.Blue, Word.B, Flag.Both, Made.Next, Object.keys(Color).join())
    enum Color { More = 9 }
    say(Color.More, Color.Red)`,
  namespaces: `namespace N { export const a = 1; export function f() { return a + 1 } const hidden = 2; export namespace Inner { export const b = a + hidden } export class C { static x = b2() } function b2() { return 'c' } }
    function both() { return 'fn' } namespace both { export const also = 'ns' }
    say(N.a, N.f(), N.Inner.b, N.C.x, both(), both.also)`,
  'parameter properties': `class A { y = 1; constructor(public x: number, private readonly z = 'z', protected w?: string) { say(this.x, this.y, this.z, Object.keys(this).sort().join()) } }
    class B extends A { q = 'q'; constructor(readonly v: string) { super(7); say(this.v, this.q) } }
    new A(1); new B('v')`,
  'class expressions': `const A = class Named { static who = Named.name; m() { return Named.who } }
    const make = (base: any) => class extends base { mixed() { return 'mixed' } }
    say(new A().m(), new (make(A) as any)().mixed())`,
  'satisfies, as and non-null': `const o = { a: 1 } satisfies Record<string, number>; const n = (o as any)!.a!
    class A<T extends object = {}> { @wrap('m') m<K extends keyof T>(k: K): K { return k } }
    say(o.a, n, new A<{ q: 1 }>().m('q'))`,
  'static blocks and static fields': `class A { static first = say('first'); static { say('block', typeof A) } @note('f') static f = 1; static last = say('last') }
    say(A.f)`,
}

/** What injectors and mappers read: the types of constructor parameters and of fields. Return types the bundled compiler does not write. */
const TYPES = `class Dep {}
  @note('k') class A { constructor(a: Dep, b: string, c: number, d: boolean, e: Date, f: string[], g: Promise<void>, h: () => void, i: Map<string, Dep>) {}
    @note('1') one!: Dep; @note('2') two!: string; @note('3') three!: Date; @note('4') four!: Dep[]; @note('5') m(a: Dep, b: string) {} }
  say(typeof A)`
const isType = (line: string): boolean => line.startsWith('metadata ')
/** The bundled compiler evaluates all factories of a class before it applies the first decorator. */
const IN_ANY_ORDER = new Set(['decorator factories in order'])

const METADATA = `
Reflect.metadata = (key, value) => (target, name) => {
  const text = value => Array.isArray(value) ? '[' + value.map(text).join() + ']' : typeof value === 'function' ? value.name : String(value)
  console.log('metadata', key, text(value), typeof target, String(name))
}
`

test('decorators and all that types cannot take away do what tsc makes of them', async t => {
  const folder = temporaryFolder('decorators')
  const emitted = compileAll(folder)
  for (const prelude of ['', METADATA]) {
    const [expected, seen] = [outputs(emitted, prelude), outputs(join(folder, 'ours'), prelude)]
    for (const title of Object.keys(PROGRAMS)) {
      await t.test(`${title}${prelude === '' ? '' : ', with metadata'}`, () => {
        const lines = (all: Record<string, string[]>): string[] => {
          const said = (all[nameOf(title)] ?? []).filter(line => !isType(line))
          return IN_ANY_ORDER.has(title) ? said.sort() : said
        }
        assert.ok(lines(expected).length > 0)
        assert.deepEqual(lines(seen), lines(expected))
      })
    }
    await t.test(`the types that injectors read${prelude === '' ? ', without metadata' : ''}`, () => {
      const types = (all: Record<string, string[]>): string[] =>
        (all['types'] ?? []).filter(
          line => isType(line) && !line.includes('returntype') && !line.endsWith('Function function undefined'),
        )
      assert.equal(types(expected).length === 0, prelude === '')
      assert.deepEqual(types(seen), types(expected))
    })
  }
})

const nameOf = (title: string): string => title.replaceAll(/\W+/g, '-')

/** Compiles the programs with tsc and with ours, and gives the folder with what tsc wrote. */
function compileAll(folder: string): string {
  mkdirSync(join(folder, 'in'))
  mkdirSync(join(folder, 'ours'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  for (const [title, program] of Object.entries({ ...PROGRAMS, types: TYPES })) {
    const source = `${PRELUDE}${program}\nexport {}\n`
    writeFileSync(join(folder, 'in', `${nameOf(title)}.mts`), source)
    const ours = transformSource(source, { file: `${nameOf(title)}.mts`, format: 'module', jsx: undefined })
    writeFileSync(join(folder, 'ours', `${nameOf(title)}.mjs`), ours)
  }
  const options = {
    target: 'es2022',
    module: 'esnext',
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    useDefineForClassFields: false,
    noCheck: true,
    skipLibCheck: true,
    types: [],
    outDir: 'emitted',
    rootDir: 'in',
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, include: ['in'] }))
  execFileSync(process.execPath, [join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', folder], {
    stdio: 'pipe',
  })
  return join(folder, 'emitted')
}

/** What each program of a folder prints. One process runs them all, one after the other. */
function outputs(folder: string, prelude: string): Record<string, string[]> {
  const runner = `${prelude}
    import { readdirSync } from 'node:fs'
    const all = {}
    const log = console.log
    for (const file of readdirSync(${JSON.stringify(folder)}).sort()) {
      const lines = []
      console.log = (...words) => lines.push(words.join(' '))
      try { await import(${JSON.stringify(folder)} + '/' + file) } catch (error) { lines.push('failed: ' + error.message) }
      all[file.replace(/\\.mjs$/, '')] = lines
    }
    log(JSON.stringify(all))`
  const text = execFileSync(process.execPath, ['--input-type=module', '-e', runner], { encoding: 'utf8' })
  return JSON.parse(text) as Record<string, string[]>
}
