import assert from 'node:assert/strict'
import { test } from 'node:test'
import { expectsCommonJs, hasDecorators, importsTypesUnmarked } from '../../../../src/app/load/typescript/syntax.ts'

type Question = (code: string) => boolean

const CASES: readonly (readonly [question: Question, code: string, answer: boolean])[] = [
  [hasDecorators, '@Component class A {}', true],
  [hasDecorators, 'class A { @Input() name }', true],
  [hasDecorators, 'class A { constructor(@Inject(x) y) {} }', true],
  [hasDecorators, 'const s = "it\'s"\n@Dec class A {}', true],
  [hasDecorators, 'const mail = "a@b.example"', false],
  [hasDecorators, `const s = \`@Dec \${x}\``, false],
  [hasDecorators, '// @ts-expect-error', false],
  [hasDecorators, '/** @param {string} x */', false],
  [expectsCommonJs, 'console.log(__dirname)', true],
  [expectsCommonJs, 'const a = require("a")', true],
  [expectsCommonJs, 'module.exports = 1', true],
  [expectsCommonJs, 'exports.a = 1', true],
  [expectsCommonJs, 'const text = "require(x)"', false],
  [expectsCommonJs, 'thing.require("a"); thing.exports.a = 1', false],
  [expectsCommonJs, 'const require = createRequire(import.meta.url); require("a")', false],
  [expectsCommonJs, 'const __dirname = "x"; use(__dirname)', false],
  [expectsCommonJs, 'import.meta.url; require("a")', false],
  [importsTypesUnmarked, 'import { Shape } from "../b"\nconst s         = 1', true],
  [importsTypesUnmarked, 'import Shape from "../b"', true],
  [importsTypesUnmarked, 'import { size as Size, used } from "../b"\nused()', true],
  [importsTypesUnmarked, 'import { Shape } from "../b" // a Shape', true],
  [importsTypesUnmarked, 'import { a, b as c } from "../b"\nimport * as d from "e"\na(c, d)', false],
  [importsTypesUnmarked, `import f, { $g } from "h"\nf\`\${$g}\``, false],
  [importsTypesUnmarked, 'import {\n  a,\n  b,\n} from "../b"\na(b)', false],
  [importsTypesUnmarked, 'import "../effect"', false],
]

for (const [question, code, answer] of CASES) {
  test(`${question.name} says ${answer ? 'yes' : 'no'} to ${JSON.stringify(code)}`, () => {
    assert.equal(question(code), answer)
  })
}
