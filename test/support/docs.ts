// What the docs say, word for word.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './root.ts'

const plain = (text: string): string => text.replaceAll(/\s+/g, ' ')

/** Fails when the page does not have the sentence. Where its lines break does not count. */
export function says(page: string, sentence: string): void {
  assert.ok(plain(readFileSync(join(ROOT, page), 'utf8')).includes(plain(sentence)), `${page} says: ${sentence}`)
}
