// When a change is told, with a clock and a file system of the test's own.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FileWatch, POLL_MS, QUIET_MS, signatureOf, type WatchTools } from '../../../src/supervisor/tls/file-watch.ts'

/** Files as name -> contents, directories that somebody watches, and a clock that is turned by hand. */
class Place implements WatchTools {
  readonly files = new Map([
    ['/tls/key', 'key 1'],
    ['/tls/cert', 'cert 1'],
  ])
  readonly watched = new Map<string, () => void>()
  /** Where the paths lead, besides their own directory. */
  behind = '/archive/1'
  isTold = true
  changes = 0
  #now = 0
  #due: { at: number; call: () => void }[] = []

  watchAll(): FileWatch {
    const paths = [...this.files.keys()]
    return new FileWatch(paths, signatureOf(paths, this), () => this.changes++, this)
  }

  write(path: string, text: string): void {
    this.files.set(path, text)
    if (this.isTold) for (const told of this.watched.values()) told()
  }

  pass(ms: number): void {
    this.#now += ms
    for (let next = this.#take(); next !== undefined; next = this.#take()) next.call()
  }

  get waiting(): number {
    return this.#due.length
  }

  signature(path: string): string {
    return this.files.get(path) ?? 'none'
  }

  directories(): string[] {
    return ['/tls', this.behind]
  }

  watch(directory: string, told: () => void): { close(): void } {
    this.watched.set(directory, told)
    return { close: () => this.watched.delete(directory) }
  }

  later(ms: number, call: () => void): () => void {
    const entry = { at: this.#now + ms, call }
    this.#due.push(entry)
    return () => {
      this.#due = this.#due.filter(other => other !== entry)
    }
  }

  #take(): { call: () => void } | undefined {
    const next = this.#due.find(({ at }) => at <= this.#now)
    this.#due = this.#due.filter(other => other !== next)
    return next
  }
}

test('two files written one after the other are one change, told when both are quiet', () => {
  const place = new Place()
  place.watchAll()
  place.write('/tls/key', 'key 2')
  place.pass(QUIET_MS)
  place.write('/tls/cert', 'cert 2')
  place.pass(QUIET_MS)
  assert.equal(place.changes, 0)
  place.pass(QUIET_MS)
  assert.equal(place.changes, 1)
  place.pass(POLL_MS)
  assert.equal(place.changes, 1)
})

test('other files of the directory are no change, however often they are written', () => {
  const place = new Place()
  place.watchAll()
  for (let i = 0; i < 100; i++) {
    place.write('/tls/other', String(i))
    place.pass(QUIET_MS / 2)
  }
  assert.equal(place.changes, 0)
  assert.equal(place.waiting, 1)
})

test('a change among ever changing neighbours is told all the same', () => {
  const place = new Place()
  place.watchAll()
  place.write('/tls/key', 'key 2')
  for (let i = 0; i < 5; i++) {
    place.pass(QUIET_MS / 2)
    place.write('/tls/other', String(i))
  }
  assert.equal(place.changes, 1)
})

test('where nobody tells, the change is seen at the next look', () => {
  const place = new Place()
  place.isTold = false
  place.watchAll()
  place.write('/tls/key', 'key 2')
  place.pass(POLL_MS)
  place.pass(QUIET_MS)
  assert.equal(place.changes, 1)
})

test('what was written between reading and watching is told', () => {
  const place = new Place()
  const paths = [...place.files.keys()]
  const known = signatureOf(paths, place)
  place.write('/tls/key', 'key 2')
  new FileWatch(paths, known, () => place.changes++, place)
  place.pass(QUIET_MS)
  assert.equal(place.changes, 1)
})

test('a link that leads elsewhere is followed: the new directory is watched, the old one no more', () => {
  const place = new Place()
  const watch = place.watchAll()
  assert.deepEqual([...place.watched.keys()], ['/tls', '/archive/1'])
  place.behind = '/archive/2'
  place.write('/tls/key', 'key 2')
  place.pass(QUIET_MS)
  place.pass(QUIET_MS)
  assert.deepEqual([...place.watched.keys()], ['/tls', '/archive/2'])
  watch.close()
  assert.equal(place.watched.size, 0)
  assert.equal(place.waiting, 0)
})
