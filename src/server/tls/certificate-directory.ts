// The pairs of a directory of certificates, by their names alone: the layouts that other programs write.
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { TlsPairFiles } from '../../config/listen/address.ts'

/** Gives the names in a directory, those of directories with a slash behind them; throws the system's error. */
export type ReadNames = (directory: string) => readonly string[]

/** Of a directory below it: certbot's, and that of a TLS secret of Kubernetes. */
const KNOWN_PAIRS = [
  ['privkey.pem', 'fullchain.pem'],
  ['tls.key', 'tls.crt'],
] as const

/** In the order of their names, but what is called `default` first. What begins with a dot is none. */
export function pairsIn(directory: string, namesOf: ReadNames): TlsPairFiles[] {
  const names = namesOf(directory).filter(name => !name.startsWith('.'))
  const files = new Set(names)
  const found = names.flatMap(name => {
    const pair = name.endsWith('/') ? pairBelow(join(directory, name), namesOf) : pairOf(directory, name, files)
    return pair === undefined ? [] : [{ stem: stemOf(name), pair }]
  })
  return found.sort(byStem).map(({ pair }) => pair)
}

/** `X.pfx`; or `X.crt`, `X.cer`, `X.pem` with the key in `X.key` or `X-key.pem`, else in the same file. */
function pairOf(directory: string, name: string, files: ReadonlySet<string>): TlsPairFiles | undefined {
  const path = join(directory, name)
  if (/\.(?:pfx|p12)$/.test(name)) return { keyFile: path, certFile: path, isPfx: true }
  if (!/\.(?:pem|crt|cer)$/.test(name)) return undefined
  const stem = stemOf(name)
  const isKey = name.endsWith('-key.pem') && ['pem', 'crt', 'cer'].some(end => files.has(`${stem.slice(0, -4)}.${end}`))
  if (isKey) return undefined
  const key = [`${stem}.key`, `${stem}-key.pem`].find(key => files.has(key)) ?? name
  return { keyFile: join(directory, key), certFile: path }
}

function pairBelow(directory: string, namesOf: ReadNames): TlsPairFiles | undefined {
  const names = namesOf(directory)
  const pair = KNOWN_PAIRS.find(([, cert]) => names.includes(cert))
  return pair && { keyFile: join(directory, pair[0]), certFile: join(directory, pair[1]) }
}

function stemOf(name: string): string {
  return name.replace(/\/$|\.[a-z0-9]+$/, '')
}

interface Found {
  readonly stem: string
  readonly pair: TlsPairFiles
}

function byStem(a: Found, b: Found): number {
  const [one, other] = [a, b].map(({ stem, pair }) => `${stem === 'default' ? 0 : 1}${stem}/${pair.certFile}`)
  return one! < other! ? -1 : 1
}

/** The files of the pairs; none where the directory cannot be read. */
export function filesIn(directory: string, namesOf: ReadNames = namesIn): string[] {
  try {
    const files = pairsIn(directory, namesOf).flatMap(({ keyFile, certFile }) => [keyFile, certFile])
    return [...new Set(files)]
  } catch {
    return []
  }
}

/** Those of the file system. A link that leads nowhere is a file: who reads it says so. */
export const namesIn: ReadNames = directory =>
  readdirSync(directory).map(name => {
    const stats = statSync(join(directory, name), { throwIfNoEntry: false })
    return stats?.isDirectory() === true ? `${name}/` : name
  })
