// Whether the classes of Fetch are to be replaced before the application is loaded. On Node 22 and later that loads Node's own, which costs
// a worker 5 to 7 MB and a fifth of its start; most applications never touch them (docs/adr/0022).
import { readFileSync, statSync } from 'node:fs'
import type { AppSpec } from './application.ts'
import { findTarget } from './target.ts'

/** Longer files are bundles: they hold everything. */
const LONGEST = 1_000_000
const WORDS = /\bfetch\b|\b(?:new|extends|instanceof) (?:Response|Request|Headers)\b|\bResponse\./
const PACKAGES =
  /['"](?:npm:)?(?:hono|h3|elysia|srvx|nitro|nitropack|itty-router|crossws|graphql-yoga|@remix-run|@hono|@elysiajs)['"/]/

/**
 * Looks for words of Fetch in the application's first file and in the code of `-e`. A guess: an application that only its imports show to be
 * one of Fetch gets the classes as soon as it has been loaded, and what its modules took from the globals before stays Node's own.
 */
export function mentionsFetch(spec: AppSpec): boolean {
  if (spec.interface !== undefined) return spec.interface === 'fetch'
  if (spec.evaluate !== undefined && isOfFetch(spec.evaluate)) return true
  if (spec.evaluate !== undefined && spec.app === undefined) return false
  try {
    const target = findTarget(spec.app, spec.cwd)
    if (!('file' in target) || statSync(target.file).size > LONGEST) return true
    return isOfFetch(readFileSync(target.file, 'latin1'))
  } catch {
    // Loading it will say what is wrong.
    return false
  }
}

function isOfFetch(text: string): boolean {
  return WORDS.test(text) || PACKAGES.test(text)
}
