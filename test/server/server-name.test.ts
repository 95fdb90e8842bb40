// Which certificate a client gets for the name that it asks for.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pairFor } from '../../src/server/server-name.ts'

const first = { id: 'first', names: ['example.org', 'www.example.org'] }
const wild = { id: 'wild', names: ['*.example.org', 'example.net'] }
const exact = { id: 'exact', names: ['api.example.org'] }
const again = { id: 'again', names: ['api.example.org', '*.a.example.org'] }

for (const [name, id] of [
  ['example.org', 'first'],
  ['www.example.org', 'first'],
  // The very name comes before a wildcard, wherever it stands.
  ['api.example.org', 'exact'],
  ['API.Example.ORG', 'exact'],
  ['api.example.org.', 'exact'],
  ['other.example.org', 'wild'],
  // A wildcard is one label, and none of its own.
  ['x.y.example.org', 'first'],
  ['b.a.example.org', 'again'],
  ['*.example.org', 'wild'],
  ['example.net', 'wild'],
  ['www.example.net', 'first'],
  ['org', 'first'],
  ['.example.org', 'first'],
  ['', 'first'],
] as const)
  test(`${JSON.stringify(name)} gets the certificate "${id}"`, () => {
    assert.equal(pairFor([first, wild, exact, again], name).id, id)
  })
