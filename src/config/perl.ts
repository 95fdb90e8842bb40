// Whether the application is one in Perl, and what the options mean for it then.
import { resolve } from 'node:path'
import { isGiven, type Merged } from './sources/merge.ts'
import type { System } from './system.ts'

/** Names of files that Perl runs. */
const PERL_FILE = /\.(?:psgi|pl)$/i
const PERL_MODULE = /^\w+(?:::\w+)+$/
/** What Perl code has and a JavaScript expression has not. */
const PERL_CODE =
  /(?:^|[^\w$.])(?:sub\s*\{|my\s*[$@%(]|use\s+[A-Z]\w*|qw\s*[(/[{]|enable\s*['"]|mount\s*['"])|->|\b\w+::\w/

const DEFAULT_WORKERS = 10
const DEFAULT_REQUESTS = 1000
/** A Perl child answers one request at a time, and reports of minutes are nothing unusual. */
const DEFAULT_SILENCE = 300
const CPUS_PER_FRONT = 4

/** The options that mean nothing for other applications. */
export const ONLY_FOR_PERL = [
  'perl',
  'frontWorkers',
  'preloadApp',
  'queue',
  'queueTimeout',
  'zygoteFd',
  'zygoteSocket',
] as const

/** By what is said, else by the name of the application, else by how its code looks. */
export function isPerlApp(merged: Merged, system: System): boolean {
  const requested = merged.get('interface')?.value
  if (requested !== undefined) return requested === 'perl'
  if (isGiven(merged, 'perl')) return true
  const app = merged.get('app')?.value as string | undefined
  if (app !== undefined) return PERL_FILE.test(app) || PERL_MODULE.test(app)
  const code = merged.get('evaluate')?.value as string | undefined
  if (code !== undefined) return PERL_CODE.test(code)
  return system.fileProblem(resolve(system.cwd, 'app.psgi')) === undefined
}

/** Defaults, as the ancestor has them. */
export function perlDefaults(
  merged: Merged,
  system: System,
): { interface: 'perl'; workers: number; maxReqsPerChild: number; workerTimeout: number; frontWorkers: number } {
  const number = (key: string, otherwise: number): number =>
    isGiven(merged, key) ? (merged.get(key)?.value as number) : otherwise
  const workers = number('workers', DEFAULT_WORKERS)
  const fronts = number('frontWorkers', Math.max(1, Math.floor(system.cpus() / CPUS_PER_FRONT)))
  return {
    interface: 'perl',
    workers,
    maxReqsPerChild: number('maxReqsPerChild', DEFAULT_REQUESTS),
    workerTimeout: number('workerTimeout', DEFAULT_SILENCE),
    frontWorkers: Math.min(fronts, Math.max(1, workers)),
  }
}
