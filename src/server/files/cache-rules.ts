// Cache-Control of files by their names (RFC 9111 5.2).
import type { FileSettings } from '../settings.ts'
import { globFits } from './glob.ts'

const IMMUTABLE = 'public, max-age=31536000, immutable'
/** Kept, and asked for again each time, which costs a 304: nobody sees an old page with new scripts. */
const REVALIDATED = 'no-cache'

/** `path`: of the request, decoded, with the prefix. */
export function cacheControlOf(path: string, rules: FileSettings['cacheRules']): string {
  const rule = rules.find(({ pattern }) => globFits(pattern, path))
  return rule?.value ?? (isHashed(path.slice(path.lastIndexOf('/') + 1)) ? IMMUTABLE : REVALIDATED)
}

/** Whether a name has a hash of its content in it. A word or a date is none: better no hash is seen than one too many. */
function isHashed(name: string): boolean {
  for (let at = 1; at < name.length; at++) {
    const sign = name[at]!
    if (sign !== '-' && sign !== '.' && sign !== '_') continue
    const dot = name.indexOf('.', at + 1)
    if (dot < 0) return false
    if (dot - at > 8 && dot - at <= 65 && isHash(name.slice(at + 1, dot), sign)) return true
  }
  return false
}

function isHash(text: string, before: string): boolean {
  if (!/\d/.test(text)) return false
  // `app-3f2a9c1b.js`, `main.3f2a9c1b0d4e.css`: eight or more hexadecimal digits.
  if (/^[0-9a-f]+$/.test(text)) return /[a-f]/.test(text)
  if (text.length !== 8) return false
  // `chunk-4XZQP2AB.js` of esbuild: base 32.
  if (/^[A-Z2-7]+$/.test(text)) return /[A-Z]/.test(text)
  // `index-BwK3nX9a.js` of Vite and Rollup: base 64 for URLs. The underscore is one of its letters.
  return before !== '_' && /^[\w-]+$/.test(text) && /[a-z]/.test(text) && /[A-Z]/.test(text)
}
