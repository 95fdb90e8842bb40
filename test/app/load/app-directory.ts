// Small applications, written next to what is expected of them. They and the compiler's cache live in one temporary directory.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after } from 'node:test'
import { type Application, type AppSpec, loadApplication } from '../../../src/app/load/application.ts'

const root = realpathSync(mkdtempSync(join(tmpdir(), 'starlight-load-')))
process.env['TMPDIR'] = root
after(() => rmSync(root, { recursive: true, force: true }))

let count = 0

/** Writes the files (path: text) to a new directory and gives its path. */
export function appDirectory(files: Readonly<Record<string, string>>): string {
  count += 1
  const directory = join(root, `app${count}`)
  mkdirSync(directory)
  for (const [name, text] of Object.entries(files)) {
    const path = join(directory, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  return directory
}

/** Loads what the command line would from a new directory with these files. */
export function load(
  files: Readonly<Record<string, string>>,
  spec: Partial<AppSpec> = { app: Object.keys(files)[0] },
): Promise<Application> {
  return loadApplication({ module: [], include: [], cwd: appDirectory(files), ...spec })
}

/** Loads a PSGI-style application and gives the first piece of its body. */
export async function answerOf(files: Readonly<Record<string, string>>, spec?: Partial<AppSpec>): Promise<string> {
  const { value } = await load(files, spec)
  return answer(value)
}

/** What a PSGI-style application answers: the first piece of its body. */
export async function answer(value: unknown): Promise<string> {
  const [, , body] = (await (value as (env: object) => unknown)({})) as [number, unknown, unknown[]]
  return String(body[0])
}
