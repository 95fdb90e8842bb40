// --static and --sendfile: directories and the paths that they are seen at; --static-cache: patterns of names.
import { resolve } from 'node:path'
import { ConfigError } from './errors.ts'

export interface Directory {
  /** '' or '/assets', without a slash at its end. */
  readonly prefix: string
  readonly directory: string
}

/** `/assets=./public`, or `./public` for all paths. `from`: the option's name in the message. Throws a ConfigError. */
export function parseDirectory(text: string, from: string): Directory {
  const [, prefix = '', directory = text] = /^(\/[^=]*)=(.*)$/s.exec(text) ?? []
  if (directory === '' || /[?#%\\]|\/\/|\/\.\.?(?:\/|$)/.test(prefix)) {
    throw new ConfigError(
      `Cannot use ${JSON.stringify(text)} for ${from}: a directory is needed, or a path and a directory such as /assets=./public`,
    )
  }
  return { prefix: prefix.replace(/\/$/, ''), directory }
}

/** The same text with the directory as an absolute path. */
export function withAbsoluteDirectory(text: string, cwd: string): string {
  const { prefix, directory } = parseDirectory(text, 'static')
  return `${prefix === '' ? '/' : prefix}=${resolve(cwd, directory)}`
}

export interface CachePattern {
  readonly pattern: string
  readonly value: string
}

/** `*.html=no-cache`: a pattern of names and a value of Cache-Control. Throws a ConfigError. */
export function parseCachePattern(text: string, from: string): CachePattern {
  const [, pattern = '', value = ''] = /^([^=]+)=(.+)$/s.exec(text) ?? []
  if (pattern === '' || !/^[\t\x20-\x7e]+$/.test(value)) {
    throw new ConfigError(
      `Cannot use ${JSON.stringify(text)} for ${from}: a pattern and a value such as *.html=no-cache are needed`,
    )
  }
  return { pattern, value }
}
