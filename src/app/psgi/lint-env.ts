// The rules for the env. The server keeps them; middleware that builds or changes an env may not.
import { AppError } from '../errors.ts'
import { describe } from '../shared/describe-value.ts'

interface Rule {
  readonly key: string
  readonly needed: string
  /** `value` is what the env has under `key`; undefined when it is absent. */
  holds(value: unknown): boolean
}

const isText = (value: unknown): boolean => typeof value === 'string' && value !== ''
const isFlag = (value: unknown): boolean => typeof value === 'boolean'
const hasMethod = (value: unknown, method: string): boolean =>
  typeof value === 'object' && value !== null && typeof Reflect.get(value, method) === 'function'

const RULES: readonly Rule[] = [
  {
    key: 'REQUEST_METHOD',
    needed: 'a token',
    holds: value => /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(String(value ?? '')),
  },
  {
    key: 'SCRIPT_NAME',
    needed: '"" or a path that begins with "/" and is not "/"',
    holds: value => typeof value === 'string' && (value === '' || /^\/./.test(value)),
  },
  {
    key: 'PATH_INFO',
    needed: '"" or a path that begins with "/"',
    holds: value => typeof value === 'string' && (value === '' || value.startsWith('/')),
  },
  { key: 'REQUEST_URI', needed: 'a string', holds: isText },
  { key: 'QUERY_STRING', needed: 'a string', holds: value => typeof value === 'string' },
  { key: 'SERVER_NAME', needed: 'a string that is not empty', holds: isText },
  { key: 'SERVER_PORT', needed: 'a string that is not empty', holds: isText },
  { key: 'SERVER_PROTOCOL', needed: '"HTTP/" and a version', holds: value => /^HTTP\/\d/.test(String(value)) },
  {
    key: 'CONTENT_LENGTH',
    needed: 'decimal digits, or no such key',
    holds: value => value === undefined || (typeof value === 'string' && /^[0-9]+$/.test(value)),
  },
  { key: 'HTTP_CONTENT_LENGTH', needed: 'no such key', holds: value => value === undefined },
  { key: 'HTTP_CONTENT_TYPE', needed: 'no such key', holds: value => value === undefined },
  { key: 'psgi.version', needed: 'an array of 2', holds: value => Array.isArray(value) && value.length === 2 },
  { key: 'psgi.url_scheme', needed: '"http" or "https"', holds: value => value === 'http' || value === 'https' },
  {
    key: 'psgi.input',
    needed: 'an object with read and seek',
    holds: value => hasMethod(value, 'read') && hasMethod(value, 'seek'),
  },
  { key: 'psgi.errors', needed: 'an object with print', holds: value => hasMethod(value, 'print') },
  { key: 'psgi.multithread', needed: 'true or false', holds: isFlag },
  { key: 'psgi.multiprocess', needed: 'true or false', holds: isFlag },
  { key: 'psgi.run_once', needed: 'true or false', holds: isFlag },
  { key: 'psgi.nonblocking', needed: 'true or false', holds: isFlag },
  { key: 'psgi.streaming', needed: 'true or false', holds: isFlag },
]

/** Throws an AppError about the first rule that `env` breaks. */
export function checkEnv(env: unknown): void {
  if (typeof env !== 'object' || env === null) {
    throw new AppError(`Cannot pass Lint: the env is ${describe(env)}, an object is needed`)
  }
  for (const { key, needed, holds } of RULES) {
    const value: unknown = Reflect.get(env, key)
    if (!holds(value))
      throw new AppError(`Cannot pass Lint: ${key} in the env is ${describe(value)}, ${needed} is needed`)
  }
  for (const key of Object.keys(env)) checkCgiKey(key, Reflect.get(env, key))
}

/** PSGI: keys without a dot are CGI's, and those are strings. */
function checkCgiKey(key: string, value: unknown): void {
  if (key.includes('.') || value === undefined || typeof value === 'string') return
  throw new AppError(
    `Cannot pass Lint: ${key} in the env is ${describe(value)}, a string is needed; keys of your own contain a dot`,
  )
}
