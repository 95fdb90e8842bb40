// What is remembered of files, and for how long.
import assert from 'node:assert/strict'
import { mkdirSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { answerFile } from '../../../src/server/files/answer-file.ts'
import { ContentCache } from '../../../src/server/files/content-cache.ts'
import { FileStore, type ServedFile } from '../../../src/server/files/file-store.ts'
import { FakeExchange } from '../../support/fake-exchange.ts'
import { SILENT } from '../../support/open-transport.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

function store(): { readonly folder: string; readonly files: FileStore } {
  const folder = temporaryFolder('store')
  const files = new FileStore({ directory: folder, followsLinks: false }, () => undefined, SILENT)
  return { folder, files }
}

async function fileAt(files: FileStore, path: string): Promise<ServedFile> {
  const entry = await files.reload(path)
  assert.equal(entry.kind, 'file')
  return entry as ServedFile
}

const request = (fields = ''): FakeExchange => new FakeExchange(`GET /a HTTP/1.1\r\nHost: a\r\n${fields}\r\n`)

test('ten thousand conditional requests read no file', async () => {
  const { folder, files } = store()
  writeFileSync(join(folder, 'a'), 'content')
  const file = await fileAt(files, '/a')
  // It is not even there any more.
  unlinkSync(join(folder, 'a'))
  for (let i = 0; i < 10_000; i++) {
    const exchange = request(`If-None-Match: ${file.plain.etag}\r\n`)
    assert.equal(answerFile(exchange, file, { contents: new ContentCache(), log: SILENT }), undefined)
    assert.equal(exchange.answered?.status, 304)
  }
  assert.equal(file.plain.content, undefined)
})

test('requests that come together ask the disk once, and a file that is the same keeps its content', async () => {
  const { folder, files } = store()
  writeFileSync(join(folder, 'a'), 'content')
  const [first, second] = await Promise.all([files.find('/a'), files.find('/a')])
  assert.equal(first, second)
  const { plain } = await fileAt(files, '/a')
  await answerFile(request(), first as ServedFile, { contents: new ContentCache(), log: SILENT })
  assert.equal(String(plain.content), 'content')
  assert.equal((await fileAt(files, '/a')).plain, plain)
  writeFileSync(join(folder, 'a'), 'other content')
  assert.notEqual((await fileAt(files, '/a')).plain, plain)
})

test('what is not there is remembered as well', async () => {
  const { files } = store()
  assert.deepEqual(await files.find('/none'), { kind: 'none' })
  const again = files.find('/none')
  assert.ok(!(again instanceof Promise))
})

test('names that are too long, or no names for the disk, lead nowhere', async () => {
  const { folder, files } = store()
  mkdirSync(join(folder, 'a'))
  for (const path of [`/${'x'.repeat(300)}`, `/${'a/'.repeat(2000)}b`, '/a/b', '/a'])
    assert.deepEqual(await files.find(path), { kind: 'none' }, path.slice(0, 20))
})

test('ContentCache keeps what is used, within its bound', async () => {
  const { folder, files } = store()
  const contents = new ContentCache(1000)
  const source = { contents, log: SILENT }
  const served: ServedFile[] = []
  for (let i = 0; i < 20; i++) {
    writeFileSync(join(folder, `f${i}`), Buffer.alloc(300))
    served.push(await fileAt(files, `/f${i}`))
    await answerFile(request(), served[i]!, source)
    assert.ok(contents.bytes <= 1000)
    // The first one is asked for again and again.
    await answerFile(request(), served[0]!, source)
  }
  assert.equal(served.filter(file => file.plain.content !== undefined).length, 3)
  assert.notEqual(served[0]!.plain.content, undefined)
})
