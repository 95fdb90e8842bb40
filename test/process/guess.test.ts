// What a server says of the kind that it has guessed.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { runStarlight, type StarlightProcess, startStarlight } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

async function started(t: TestContext, source: string, args: readonly string[]): Promise<StarlightProcess> {
  const cwd = temporaryFolder('guess')
  writeFileSync(join(cwd, 'app.mjs'), source)
  const server = await startStarlight(['--host=127.0.0.1', '--port=0', ...args, 'app.mjs'], { cwd })
  t.after(() => server.stop('SIGKILL'))
  return server
}

const LINE =
  'app.mjs is taken for a fetch application because its parameter is named request; --interface overrides this guess'
const count = (text: string, part: string): number => text.split(part).length - 1

for (const where of ['--workers=2', '--threads=2', '--workers=0']) {
  test(`a guessed kind is said once, before the line that says where it is served: ${where}`, async t => {
    const { stderr } = await started(t, 'export default request => new Response(request.url)\n', [where])
    assert.equal(count(stderr, LINE), 1)
    assert.ok(stderr.indexOf(LINE) < stderr.indexOf(' serving '))
  })
}

test('a kind that is known or told is not said to be a guess, nor is any with --quiet', async t => {
  const known = await started(t, 'export default { fetch: () => new Response() }\n', ['--workers=1'])
  const told = await started(t, 'export default request => new Response(request.url)\n', ['--interface=fetch'])
  for (const { stderr } of [known, told]) assert.doesNotMatch(stderr, /taken for/)
})

test('the first failure of a wrong guess names --interface, in each worker once', async t => {
  const server = await started(t, 'export default req => [200, [], [req.PATH_INFO]]\n', ['--workers=1'])
  const advised = server.seen(/if it is of another kind, --interface=psgi, fetch or node says so/)
  for (let i = 0; i < 3; i += 1) assert.equal((await fetch(server.url)).status, 500)
  await advised
  assert.equal((await server.stop()).code, 0)
  assert.equal(count(server.stderr, 'if it is of another kind'), 1)
})

test('a function that hides its parameters is refused, and served with --interface', async t => {
  const source = 'const app = env => [200, [], ["ok"]]\nexport default (...args) => app(...args)\n'
  const cwd = temporaryFolder('guess')
  writeFileSync(join(cwd, 'app.mjs'), source)
  const { code, stderr } = await runStarlight(['--port=0', 'app.mjs'], { cwd })
  assert.equal(code, 4)
  assert.match(stderr, /is a function that hides its parameters, the option interface is needed: psgi, fetch or node/)
  const server = await started(t, source, ['--interface=psgi'])
  assert.equal(await (await fetch(server.url)).text(), 'ok')
})
