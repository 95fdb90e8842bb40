// --static over both protocols: what is answered with a file, and what goes to the application.
import assert from 'node:assert/strict'
import { chmodSync, linkSync, mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { onBoth, site, write } from '../../support/static-site.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const DATE = new Date(1_700_000_000_000).toUTCString()
const BIG = Buffer.alloc(1_000_003, 'abcdefghijklmnopqrstuvwxyz')

onBoth('a file has its type, length, validators and Cache-Control; HEAD has the same', async (ask, place) => {
  write(place, 'a/style.css', 'body {}')
  for (let i = 0; i < 2; i++) {
    const { status, fields, body } = await ask('/a/style.css?v=1')
    assert.deepEqual([status, body.toString()], [200, 'body {}'])
    assert.equal(fields['content-type'], 'text/css; charset=utf-8')
    assert.equal(fields['content-length'], '7')
    assert.equal(fields['last-modified'], DATE)
    assert.match(fields['etag']!, /^"[0-9a-z]+-7"$/)
    assert.equal(fields['accept-ranges'], 'bytes')
    assert.equal(fields['cache-control'], 'no-cache')
    assert.equal(fields['vary'], undefined)
    const head = await ask('/a/style.css', {}, 'HEAD')
    assert.deepEqual([head.status, head.body.length], [200, 0])
    assert.deepEqual({ ...head.fields, date: '' }, { ...fields, date: '' })
  }
})

onBoth('files of all sizes come whole', async (ask, place) => {
  for (const size of [0, 1, 4096, 4097, 65_536, 65_537, 131_072, 131_073, 1_000_003]) {
    write(place, `f${size}`, BIG.subarray(0, size))
    for (let i = 0; i < 2; i++) {
      const { status, body, fields } = await ask(`/f${size}`)
      assert.equal(status, 200)
      assert.equal(fields['content-length'], String(size))
      assert.ok(body.equals(BIG.subarray(0, size)), `${size} bytes`)
    }
  }
})

onBoth('what is no file, and all other methods, go to the application', async (ask, place) => {
  write(place, 'a.txt', 'x')
  write(place, '.env', 'secret')
  mkdirSync(join(place.folder, 'public', 'empty'))
  for (const path of ['/b', '/a.txt/', '/a.txt/b', '/.env', '/empty', '/empty/', '/', '/a.txt%']) {
    const { status, body } = await ask(path)
    assert.deepEqual([status, body.toString()], [404, `app ${path}`], path)
  }
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
    const { fields } = await ask('/a.txt', {}, method)
    assert.equal(fields['x-app'], method)
  }
})

onBoth('a directory is its index.html, behind a slash', async (ask, place) => {
  write(place, 'index.html', 'top')
  write(place, 'docs/index.html', 'docs')
  assert.equal((await ask('/')).body.toString(), 'top')
  assert.equal((await ask('/docs/')).body.toString(), 'docs')
  const { status, fields } = await ask('/docs?a=b')
  assert.deepEqual([status, fields['location']], [301, '/docs/?a=b'])
  assert.equal((await ask('//docs')).status, 404)
})

onBoth('the file that a client takes coded is sent so, and Vary says it', async (ask, place) => {
  write(place, 'a.js', 'plain content')
  write(place, 'a.js.br', 'B')
  write(place, 'a.js.gz', 'GZ')
  write(place, 'a.js.zst', 'ZST')
  const seen = async (accepted: string): Promise<string[]> => {
    const { fields, body } = await ask('/a.js', { 'accept-encoding': accepted })
    assert.equal(fields['vary'], 'Accept-Encoding')
    assert.equal(fields['content-type'], 'text/javascript; charset=utf-8')
    return [body.toString(), String(fields['content-encoding']), fields['etag']!]
  }
  const all = [await seen('gzip, br, zstd'), await seen('gzip, zstd'), await seen('gzip'), await seen('deflate')]
  assert.deepEqual(
    all.map(([body, coding]) => [body, coding]),
    [
      ['B', 'br'],
      ['ZST', 'zstd'],
      ['GZ', 'gzip'],
      ['plain content', 'undefined'],
    ],
  )
  assert.equal(new Set(all.map(([, , etag]) => etag)).size, 4)
  assert.equal((await seen('br;q=0.1, gzip;q=0.2'))[0], 'GZ')
  const range = await ask('/a.js', { 'accept-encoding': 'gzip', range: 'bytes=1-1' })
  assert.deepEqual([range.status, range.body.toString(), range.fields['content-encoding']], [206, 'Z', 'gzip'])
  const unchanged = await ask('/a.js', { 'accept-encoding': 'br', 'if-none-match': all[0]![2]! })
  assert.deepEqual([unchanged.status, unchanged.fields['vary']], [304, 'Accept-Encoding'])
  assert.equal((await ask('/a.js', { 'accept-encoding': 'gzip', 'if-none-match': all[0]![2]! })).status, 200)
})

onBoth('a coded file that is older than its content is not sent', async (ask, place) => {
  write(place, 'a.js', 'new')
  utimesSync(write(place, 'a.js.gz', 'old'), 1_600_000_000, 1_600_000_000)
  assert.equal((await ask('/a.js', { 'accept-encoding': 'gzip' })).body.toString(), 'new')
})

onBoth('conditions are judged without a body', async (ask, place) => {
  write(place, 'a.txt', 'content')
  const { fields } = await ask('/a.txt')
  const etag = fields['etag']!
  const unchanged = await ask('/a.txt', { 'if-none-match': etag })
  assert.deepEqual([unchanged.status, unchanged.body.length], [304, 0])
  assert.equal(unchanged.fields['etag'], etag)
  assert.equal(unchanged.fields['cache-control'], 'no-cache')
  assert.equal(unchanged.fields['content-type'], undefined)
  assert.equal((await ask('/a.txt', { 'if-none-match': etag }, 'HEAD')).status, 304)
  assert.equal((await ask('/a.txt', { 'if-modified-since': DATE })).status, 304)
  assert.equal((await ask('/a.txt', { 'if-match': '"other"' })).status, 412)
  assert.equal((await ask('/a.txt', { 'if-unmodified-since': DATE })).status, 200)
})

onBoth('ranges of small and large files', async (ask, place) => {
  for (const size of [1000, BIG.length]) {
    write(place, `f${size}`, BIG.subarray(0, size))
    for (let i = 0; i < 2; i++) {
      const one = await ask(`/f${size}`, { range: 'bytes=10-19' })
      assert.deepEqual([one.status, one.body.toString()], [206, 'klmnopqrst'])
      assert.equal(one.fields['content-range'], `bytes 10-19/${size}`)
      assert.equal(one.fields['content-length'], '10')
      const rest = await ask(`/f${size}`, { range: 'bytes=5-' })
      assert.ok(rest.body.equals(BIG.subarray(5, size)))
      const not = await ask(`/f${size}`, { range: `bytes=${size}-` })
      assert.deepEqual([not.status, not.fields['content-range']], [416, `bytes */${size}`])
      const all = await ask(`/f${size}`, { range: 'bytes=0-1', 'if-range': '"x"' })
      assert.deepEqual([all.status, all.body.length], [200, size])
      const same = await ask(`/f${size}`, { range: 'bytes=0-1', 'if-range': all.fields['etag']! })
      assert.deepEqual([same.status, same.body.toString()], [206, 'ab'])
      const head = await ask(`/f${size}`, { range: 'bytes=0-1' }, 'HEAD')
      assert.deepEqual([head.status, head.fields['content-length']], [200, String(size)])
      await ask(`/f${size}`)
    }
  }
})

onBoth('several ranges are parts of multipart/byteranges', async (ask, place) => {
  write(place, 'a.txt', BIG.subarray(0, 26))
  const { status, fields, body } = await ask('/a.txt', { range: 'bytes=20-21,0-2,-1' })
  const boundary = /^multipart\/byteranges; boundary=(\w+)$/.exec(fields['content-type']!)?.[1]
  const part = (range: string, text: string): string =>
    `--${boundary}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Range: bytes ${range}/26\r\n\r\n${text}\r\n`
  assert.equal(status, 206)
  assert.equal(body.toString(), `${part('20-21', 'uv')}${part('0-2', 'abc')}${part('25-25', 'z')}--${boundary}--\r\n`)
  assert.equal(fields['content-length'], String(body.length))
  assert.equal(fields['content-range'], undefined)
})

onBoth('a thousand ranges, and ranges that overlap, get no more than the file', async (ask, place) => {
  write(place, 'a.txt', BIG)
  const thousand = `bytes=${Array.from({ length: 1000 }, (_, i) => `${i}-`).join(',')}`
  for (const range of [thousand, 'bytes=0-,1-,2-,3-,4-,5-', `bytes=${'0-9,'.repeat(20)}1-`]) {
    const { body, status } = await ask('/a.txt', { range })
    assert.ok(body.length <= BIG.length && [200, 206].includes(status), `${status}: ${body.length} bytes`)
  }
})

onBoth('a file that has been replaced since it was seen is sent as it is now', async (ask, place) => {
  const path = write(place, 'a.bin', BIG)
  const before = await ask('/a.bin')
  const next = `${path}.next`
  writeFileSync(next, BIG.subarray(1))
  renameSync(next, path)
  const { body, fields } = await ask('/a.bin')
  assert.ok(body.equals(BIG.subarray(1)))
  assert.notEqual(fields['etag'], before.fields['etag'])
  rmSync(path)
  assert.equal((await ask('/a.bin')).status, 404)
  writeFileSync(join(place.folder, 'secret'), BIG)
  symlinkSync('../secret', path)
  assert.equal((await ask('/a.bin')).status, 404)
})

onBoth('a second name, or other rights, make no other file of it', async (ask, place) => {
  const path = write(place, 'a.txt', 'x')
  const { fields } = await ask('/a.txt')
  linkSync(path, join(place.folder, 'b.txt'))
  chmodSync(path, 0o644)
  assert.equal((await ask('/a.txt', { 'if-none-match': fields['etag']! })).status, 304)
})

test('paths of several directories are asked in their order, below their prefixes', async t => {
  const folder = temporaryFolder('static')
  for (const name of ['one', 'two']) mkdirSync(join(folder, name))
  writeFileSync(join(folder, 'one', 'a.txt'), 'one')
  writeFileSync(join(folder, 'two', 'a.txt'), 'two')
  writeFileSync(join(folder, 'two', 'b.txt'), 'b')
  writeFileSync(join(folder, 'two', 'index.html'), 'index')
  const directories = [
    { prefix: '', directory: join(folder, 'one') },
    { prefix: '', directory: join(folder, 'two') },
    { prefix: '/assets', directory: join(folder, 'two') },
  ]
  const { ask } = await site(t, { directories })
  const text = async (path: string): Promise<string> => (await ask['HTTP/1.1']!(path)).body.toString()
  assert.equal(await text('/a.txt'), 'one')
  assert.equal(await text('/b.txt'), 'b')
  assert.equal(await text('/assets/a.txt'), 'two')
  assert.equal(await text('/assets/'), 'index')
  assert.equal((await ask['HTTP/1.1']!('/assets')).fields['location'], '/assets/')
  assert.equal(await text('/assetsa.txt'), 'app /assetsa.txt')
  assert.equal(await text('/assets/../a.txt'), 'app /assets/../a.txt')
})
