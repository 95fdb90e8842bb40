// The test of src/a/b.ts is test/a/b.test.ts, so that it is found by guessing; or a test in test/a/, or below it, that imports it. Files
// without a line of logic (types, tables) need none; the others are listed here, with the tests that show them work.
import { existsSync } from 'node:fs'
import { join, posix } from 'node:path'
import { codeOf, filesBelow, ROOT, report, textOf } from './files.mjs'

/** Source file or folder (with a trailing `/`) -> where it is tested instead. */
const ELSEWHERE = {
  // The protocol is tested as a whole, whole and byte by byte: a part alone has no verdict.
  'src/http1/': ['test/rfc9112/6-body.test.ts', 'test/corpus/corpus.test.ts', 'test/server/response.rfc.test.ts'],
  // The parts that act are tested on real processes.
  'src/supervisor/': ['test/supervisor/state/master-phase.test.ts', 'test/pool/pool-walk.test.ts'],
  'src/starter/': ['test/starter/starter.test.ts', 'test/process/starter.test.ts'],
  'src/log/': ['test/log/access-log.test.ts', 'test/log/stderr-log.test.ts'],
  'src/app/fetch/': ['test/contract/fetch.test.ts', 'test/contract/fetch-light.test.ts'],
  'src/server/': ['test/server/connection.rfc.test.ts', 'test/server/deadlines.rfc.test.ts'],
  'src/app/perl/': ['test/process/perl-life.test.ts'],
  'src/app/package-file.ts': 'test/process/perl-life.test.ts',
  'src/cli/control.ts': 'test/process/control.test.ts',
  'src/cli/control-client.ts': 'test/process/control.test.ts',
  'src/cli/main.ts': 'test/process/cli.test.ts',
  // Loading is tested by loading: what a program does shows whether its hooks, its compiler and its resolver work together.
  'src/app/load/': ['test/app/load/typescript.test.ts', 'test/app/load/application.test.ts'],
}

const tested = new Set(filesBelow('test', '.test.ts').flatMap(importsOfTest))
const offences = []
const needed = new Set()
for (const file of filesBelow('src', '.ts')) {
  const mirror = file.replace(/^src\//, 'test/').replace(/\.ts$/, '.test.ts')
  if (existsSync(join(ROOT, mirror)) || tested.has(file) || !hasLogic(textOf(file))) continue
  const listed = Object.keys(ELSEWHERE).find(place => (place.endsWith('/') ? file.startsWith(place) : file === place))
  if (listed === undefined)
    offences.push(
      `${file}: no ${mirror}, no test of its folder imports it, and it is not in the list of scripts/check-mirror.mjs`,
    )
  else needed.add(listed)
}
for (const [place, tests] of Object.entries(ELSEWHERE)) {
  if (!needed.has(place)) offences.push(`${place}: is listed as tested elsewhere, but it need not be`)
  const missing = [tests].flat().filter(test => !existsSync(join(ROOT, test)))
  if (missing.length > 0) offences.push(`${place}: is said to be tested by ${missing.join(', ')}, which does not exist`)
}
report('Source files without a test (scripts/check-mirror.mjs)', offences)

/** The source files of the mirrored folder that a test imports; tests of the protocol's text are for http1. */
function importsOfTest(test) {
  const folder = posix
    .dirname(test)
    .replace(/^test\/(rfc9112|corpus)$/, 'test/http1')
    .replace(/^test/, 'src')
  const imports = [...textOf(test).matchAll(/from '(\.[^']+)'/g)].map(match =>
    posix.join(posix.dirname(test), match[1]),
  )
  return imports.filter(path => path.startsWith(`${folder}/`) || folder.startsWith(`${posix.dirname(path)}/`))
}

function hasLogic(source) {
  const withoutTypes = codeOf(source).replace(
    /^(?:export\s+)?(?:type|interface)\s[\s\S]*?\n(?=\S)(?!\})|^(?:export\s+)?interface\s[\s\S]*?^\}/gm,
    '',
  )
  return /\bfunction\b|\bclass\b|=>\s*[^\s]|=>\s*\{/.test(withoutTypes)
}
