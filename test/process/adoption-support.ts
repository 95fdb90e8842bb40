// What the tests of applications that listen by themselves share.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import { ROOT } from '../support/root.ts'
import { type StarlightProcess, startStarlight } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

type Files = Readonly<Record<string, string>>

export function folderWith(files: Files): string {
  const cwd = temporaryFolder('adoption')
  symlinkSync(join(ROOT, 'node_modules'), join(cwd, 'node_modules'))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(cwd, name)), { recursive: true })
    writeFileSync(join(cwd, name), text)
  }
  return cwd
}

export async function served(
  t: TestContext,
  name: string,
  text: string,
  args: readonly string[] = ['--workers=2'],
): Promise<StarlightProcess> {
  const cwd = folderWith({ [name]: text })
  const server = await startStarlight(['--host=127.0.0.1', '--port=0', ...args, name], { cwd })
  t.after(() => server.stop('SIGKILL'))
  return server
}

export async function textOf(server: StarlightProcess, path = '/'): Promise<string> {
  return await (await fetch(`${server.url}${path}`, { headers: { connection: 'close' } })).text()
}

export const count = (text: string, part: string | RegExp): number => text.split(part).length - 1

/** A free port, for what cannot be told to take any. */
export async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>(resolve => probe.listen(0, resolve))
  const { port } = probe.address() as { port: number }
  await new Promise(resolve => probe.close(resolve))
  return port
}
