// An application that loads when the test lets it, for what is done to workers that take their time.
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '../supervisor-support.ts'
import type { Setting } from './effects.ts'

const APP = `import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
const here = name => new URL(name, import.meta.url)
writeFileSync(here('start.' + Date.now() + '.' + process.pid), '')
const { length } = readdirSync(here('.')).filter(name => name.startsWith('start.'))
while (length > Number(readFileSync(here('free'), 'utf8')) && !existsSync(here('open')))
  await new Promise(resolve => setTimeout(resolve, 5))
export default () => [200, [], [String(process.pid)]]\n`

/** The first `free` workers load at once, the others wait for `open`. */
export function gated(free: number, args: readonly string[]): Setting {
  return { app: 'app.mjs', files: { 'app.mjs': APP, free: String(free) }, args }
}

/** When each worker began to load, in milliseconds since 1970, in order. */
export function starts(folder: string): number[] {
  const names = readdirSync(folder).filter(name => name.startsWith('start.'))
  return names.map(name => Number(name.split('.')[1])).sort((a, b) => a - b)
}

export async function started(folder: string, count: number): Promise<void> {
  await until(() => starts(folder).length >= count, `${count} workers begin to load`)
}

export function open(folder: string): void {
  writeFileSync(join(folder, 'open'), '')
}
