import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contentTypeOf } from '../../../src/server/files/content-type.ts'

const TYPES: Readonly<Record<string, string>> = {
  'a.html': 'text/html; charset=utf-8',
  'a.CSS': 'text/css; charset=utf-8',
  'a.js': 'text/javascript; charset=utf-8',
  'a.mjs': 'text/javascript; charset=utf-8',
  'a.txt': 'text/plain; charset=utf-8',
  'a.json': 'application/json',
  'a.webmanifest': 'application/manifest+json',
  'a.svg': 'image/svg+xml',
  'a.png': 'image/png',
  'a.webp': 'image/webp',
  'a.avif': 'image/avif',
  'a.woff2': 'font/woff2',
  'a.wasm': 'application/wasm',
  'a.pdf': 'application/pdf',
  'a.mp4': 'video/mp4',
  'a.zip': 'application/zip',
  'a.tar.gz': 'application/gzip',
  'a.docx': 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  'a.constructor': 'application/octet-stream',
  a: 'application/octet-stream',
}
for (const [name, type] of Object.entries(TYPES))
  test(`${name} is ${type}`, () => assert.equal(contentTypeOf(name), type))
