// Request targets (RFC 9112 3.2). Never through `new URL`: it repairs, and a repaired target is not what was asked for.

import type { FaultCode } from '../faults.ts'

/** A target understood: `path` with its query in origin-form ('*' for `OPTIONS *`), `authority` only in absolute-form. */
export interface Target {
  readonly path: string
  readonly authority: string | undefined
}

const ABSOLUTE = /^https?:\/\/([^/?]*)([/?].*)?/is
const AUTHORITY = /^(?:\[([^\]]*)\]|(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%(?!00)[0-9A-Fa-f]{2})+)(?::([0-9]{0,5}))?$/

/** The target of `method`, or what is wrong with it. `//x/y` is a path: only a scheme makes an authority. */
export function parseTarget(method: string, target: string): Target | FaultCode {
  if (method === 'CONNECT') return 'connect-refused'
  // A NUL ends a path early in whatever the application hands it to. Broken escapes ("?sale=50%", which browsers send as it is typed)
  // are its own to judge: nothing here decodes them.
  if (target.includes('%00')) return 'bad-target'
  if (target.charCodeAt(0) === 0x2f) return { path: target, authority: undefined }
  if (target === '*') return method === 'OPTIONS' ? { path: '*', authority: undefined } : 'bad-target'
  const absolute = ABSOLUTE.exec(target)
  if (absolute === null) return 'bad-target'
  const [, authority = '', rest = ''] = absolute
  if (!isAuthority(authority)) return 'bad-target'
  // RFC 9112 3.2.4: the proxy form of `OPTIONS *` has an empty path.
  if (rest === '') return { path: method === 'OPTIONS' ? '*' : '/', authority }
  return { path: rest.startsWith('/') ? rest : `/${rest}`, authority }
}

// Most requests of a worker carry the same Host; what was checked last needs no second look.
let lastGood = ''

/** Whether `text` is `uri-host [":" port]` (RFC 3986 3.2.2) with a host: no userinfo, no empty name, port up to 65535. */
export function isAuthority(text: string): boolean {
  if (text === lastGood) return text !== ''
  const parts = AUTHORITY.exec(text)
  if (parts === null) return false
  const [, literal, port = ''] = parts
  if (Number(port) > 65535 || (literal !== undefined && !isIpv6(literal))) return false
  lastGood = text
  return true
}

/** RFC 3986 3.2.2: IPv6address. A zone has no place in a Host, and no IPvFuture exists. */
function isIpv6(text: string): boolean {
  const dotted = text.replace(/(?<=:)(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)$/, '0:0')
  const halves = dotted.split('::')
  const groups = halves.flatMap(half => (half === '' ? [] : half.split(':')))
  if (!groups.every(group => /^[0-9A-Fa-f]{1,4}$/.test(group))) return false
  return halves.length === 2 ? groups.length <= 7 : halves.length === 1 && groups.length === 8
}
