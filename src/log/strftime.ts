// Time stamps of the access log. Local time, as Apache writes it, and English names whatever the locale is.
import { ConfigError } from '../config/errors.ts'

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const MONTHS = 'January February March April May June July August September October November December'.split(' ')

type Part = (date: Date) => string

const PARTS: Readonly<Record<string, Part>> = {
  a: date => DAYS[date.getDay()]!.slice(0, 3),
  A: date => DAYS[date.getDay()]!,
  b: date => MONTHS[date.getMonth()]!.slice(0, 3),
  B: date => MONTHS[date.getMonth()]!,
  d: date => two(date.getDate()),
  D: date => `${two(date.getMonth() + 1)}/${two(date.getDate())}/${two(date.getFullYear() % 100)}`,
  e: date => String(date.getDate()).padStart(2),
  F: date => `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`,
  H: date => two(date.getHours()),
  I: date => two(date.getHours() % 12 || 12),
  j: date => String(dayOfYear(date)).padStart(3, '0'),
  m: date => two(date.getMonth() + 1),
  M: date => two(date.getMinutes()),
  p: date => (date.getHours() < 12 ? 'AM' : 'PM'),
  R: date => `${two(date.getHours())}:${two(date.getMinutes())}`,
  s: date => String(Math.floor(date.getTime() / 1000)),
  S: date => two(date.getSeconds()),
  T: date => `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`,
  y: date => two(date.getFullYear() % 100),
  Y: date => String(date.getFullYear()),
  z: offset,
  '%': () => '%',
}

/**
 * Compiles a strftime(3) format into a function of milliseconds since the epoch. The text is made once a second and
 * kept, because all requests of a second share it. Throws a ConfigError that names an unknown conversion.
 */
export function strftime(format: string): (epochMs: number) => string {
  const parts = [...format.matchAll(/%(.?)|[^%]+/gs)].map(match => part(match, format))
  let keptSecond = Number.NaN
  let kept = ''
  return epochMs => {
    const second = Math.floor(epochMs / 1000)
    if (second !== keptSecond) {
      const date = new Date(second * 1000)
      kept = parts.map(make => make(date)).join('')
      keptSecond = second
    }
    return kept
  }
}

function part(match: RegExpExecArray, format: string): Part {
  const [text, letter] = match
  if (letter === undefined) return () => text
  if (Object.hasOwn(PARTS, letter)) return PARTS[letter]!
  throw new ConfigError(
    `Cannot use the time format "${format}": "%${letter}" is unknown, known are ${Object.keys(PARTS)
      .map(name => `%${name}`)
      .join(' ')}`,
  )
}

/** +0000 for UTC. Date counts minutes west of Greenwich, the log counts east. */
function offset(date: Date): string {
  const minutes = -date.getTimezoneOffset()
  const size = Math.abs(minutes)
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}${two(size % 60)}`
}

function dayOfYear(date: Date): number {
  const midnight = Date.UTC(date.getFullYear(), date.getMonth(), date.getDate())
  return Math.round((midnight - Date.UTC(date.getFullYear(), 0, 1)) / 86_400_000) + 1
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}
