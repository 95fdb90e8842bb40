// When the authority itself wants a certificate to be renewed (RFC 9773): before it revokes it, or when it has little to do.
import { type AcmeClient, isObject, textOr } from './client.ts'
import { AcmeProblem } from './problem.ts'

/** A time span in which to renew, milliseconds since 1970. */
export interface RenewalWindow {
  readonly start: number
  readonly end: number
}

export interface RenewalInfo {
  readonly window: RenewalWindow
  /** It is to be asked again after that; milliseconds. */
  readonly againMs: number
}

/** RFC 9773 4.3.2 and 4.3.3: six hours where nothing is said, and a bound at both ends. */
const AGAIN_MS = 6 * 3600 * 1000
const SOONEST_MS = 60_000
const LATEST_MS = 24 * 3600 * 1000

/** Undefined where the authority has no such information. Rejects with an AcmeProblem. */
export async function renewalInfo(client: AcmeClient, certificateId: string): Promise<RenewalInfo | undefined> {
  const { renewalInfo: at } = await client.directory()
  if (at === undefined) return undefined
  const url = `${at.replace(/\/$/, '')}/${certificateId}`
  const { json, retryAfterMs = AGAIN_MS } = await client.get(url)
  const found = json()['suggestedWindow']
  const [start, end] = ['start', 'end'].map(key => Date.parse(isObject(found) ? (textOr(found[key]) ?? '') : ''))
  if (start === undefined || end === undefined || !(start < end))
    throw new AcmeProblem(`Cannot use the renewal information of ${url}: it names no time`)
  return { window: { start, end }, againMs: Math.min(Math.max(retryAfterMs, SOONEST_MS), LATEST_MS) }
}
