// Conditional requests (RFC 9110 13), judged in the order of 13.2.2.
import type { RequestHead } from '../../http1/request/request-head.ts'

/** What a client compares. */
export interface Validators {
  /** Entity-tag with its quotes; undefined for none. */
  readonly etag: string | undefined
  /** As in the field Last-Modified; undefined for none. */
  readonly lastModified: string | undefined
}

export type Verdict = 'proceed' | 'not-modified' | 'failed'

/** For GET and HEAD. */
export function judgeConditions(head: RequestHead, validators: Validators): Verdict {
  const ifMatch = head.get('if-match')
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, validators.etag, isSame)) return 'failed'
  } else if (isLaterThan(validators.lastModified, head.get('if-unmodified-since'))) return 'failed'
  const ifNoneMatch = head.get('if-none-match')
  if (ifNoneMatch !== undefined) return matches(ifNoneMatch, validators.etag, isWeaklySame) ? 'not-modified' : 'proceed'
  const since = head.get('if-modified-since')
  return since !== undefined && isUnchangedSince(validators.lastModified, since) ? 'not-modified' : 'proceed'
}

/**
 * Whether the ranges that are asked for belong to what there is now (RFC 9110 13.1.5). `isSettled`: whether the second of Last-Modified
 * is over, so that it tells one content from another (8.8.2.2).
 */
export function isRangeWanted(ifRange: string | undefined, validators: Validators, isSettled: boolean): boolean {
  if (ifRange === undefined) return true
  if (ifRange.endsWith('"')) return validators.etag !== undefined && isSame(ifRange, validators.etag)
  return isSettled && ifRange === validators.lastModified
}

function matches(list: string, etag: string | undefined, same: (a: string, b: string) => boolean): boolean {
  if (list === '*') return true
  if (etag === undefined) return false
  if (same(list, etag)) return true
  // RFC 9110 8.8.3: etagc has no quote, so that each character is looked at once.
  for (const [tag] of list.matchAll(/(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/g)) if (same(tag, etag)) return true
  return false
}

/** RFC 9110 8.8.3.2: strong comparison. */
function isSame(a: string, b: string): boolean {
  return a === b && !a.startsWith('W/')
}

function isWeaklySame(a: string, b: string): boolean {
  return opaque(a) === opaque(b)
}

function opaque(tag: string): string {
  return tag.startsWith('W/') ? tag.slice(2) : tag
}

function isUnchangedSince(lastModified: string | undefined, date: string): boolean {
  if (lastModified === undefined) return false
  return lastModified === date || secondsOf(lastModified) <= secondsOf(date)
}

/** False for a date that is none: the field is ignored then. */
function isLaterThan(lastModified: string | undefined, date: string | undefined): boolean {
  return lastModified !== undefined && date !== undefined && secondsOf(lastModified) > secondsOf(date)
}

/** RFC 9110 5.6.7: IMF-fixdate, and the obsolete forms of RFC 850 and of asctime. */
const DATE =
  /^(?:[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT|[A-Z][a-z]{5,8}, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT|[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4})$/

/** NaN for what is no HTTP-date. */
function secondsOf(date: string): number {
  if (!DATE.test(date)) return Number.NaN
  return Date.parse(date.endsWith('GMT') ? date : `${date} GMT`) / 1000
}
