// When a certificate is asked for. Pure.
import type { RenewalWindow } from '../../acme/renewal-info.ts'

/** A certificate's life, milliseconds since 1970. */
export interface Life {
  readonly notBefore: number
  readonly notAfter: number
}

/** Part of its life that a certificate still has when it is renewed: 30 days of 90, as Let's Encrypt asks for. */
const LEFT = 1 / 3
/** Many servers were started on the same day: part of the life over which they spread. */
const SPREAD = 1 / 50
/**
 * After the first failure. Let's Encrypt allows 5 failed validations of a name in an hour: these are 5 (after 0, 2, 6, 14 and 30 minutes),
 * and then one in half a day.
 */
const FIRST_PAUSE_MS = 2 * 60_000
const LONGEST_PAUSE_MS = 12 * 3600 * 1000
/** An authority may ask for more: Let's Encrypt's longest limit is a week. Beyond this it is a mistake, or a clock that was wrong. */
export const MOST_PATIENCE_MS: number = 8 * 24 * 3600 * 1000

/** `spread`: 0 to 1, drawn once for each certificate. */
export function renewalTime({ notBefore, notAfter }: Life, window: RenewalWindow | undefined, spread: number): number {
  // RFC 9773 4.2: a time of the span, each as likely as any other.
  if (window !== undefined) return Math.min(window.start + spread * (window.end - window.start), notAfter)
  const life = notAfter - notBefore
  return notAfter - life * (LEFT + spread * SPREAD)
}

/** How long nobody is asked after that many failures in a row. `jitter`: 0 to 1. */
export function pauseAfter(failures: number, retryAfterMs: number | undefined, jitter: number): number {
  const doubled = FIRST_PAUSE_MS * 2 ** Math.min(failures - 1, 30)
  const pause = Math.min(doubled, LONGEST_PAUSE_MS) * (1 + 0.1 * jitter)
  return Math.min(Math.max(pause, retryAfterMs ?? 0), MOST_PATIENCE_MS)
}
