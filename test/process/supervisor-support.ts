// What the tests of master and workers share. Nothing sleeps for a guess: waits end with a line, an exit or a fact of /proc.
import { existsSync } from 'node:fs'
import { type Agent, get, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { ROOT } from '../support/root.ts'
import { type StarlightProcess, type StartOptions, startStarlight } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

export function fixture(name: string): string {
  return join(ROOT, 'test', 'fixtures', 'supervisor', name)
}

export const APP: string = fixture('app.mjs')
const LIMIT_MS = 90_000

/** A server on a free port with app.mjs, gone with the test. */
export async function serve(
  t: TestContext,
  args: readonly string[],
  options: StartOptions = {},
): Promise<StarlightProcess> {
  const server = await startStarlight(['--host=127.0.0.1', '--port=0', ...args, APP], options)
  t.after(() => server.stop('SIGKILL'))
  return server
}

export interface Reply {
  readonly status: number
  readonly body: string
  readonly headers: IncomingMessage['headers']
}

export interface AskOptions {
  readonly agent?: Agent
  readonly socketPath?: string
  readonly localAddress?: string
  readonly headers?: Record<string, string>
}

/** One GET; without an agent on a connection of its own. */
export function ask(url: string, options: AskOptions = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false, ...options }, response => {
      let body = ''
      response.setEncoding('utf8').on('data', text => {
        body += text
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body, headers: response.headers }))
      response.on('error', reject)
    })
    request.on('error', reject)
    const late = setTimeout(() => request.destroy(new Error(`No answer from ${url} within ${LIMIT_MS} ms`)), LIMIT_MS)
    request.on('close', () => clearTimeout(late))
  })
}

/** Sends HUP and acts again and again until all workers are new. */
export async function whileReloading(server: StarlightProcess, act: () => Promise<void>): Promise<void> {
  server.signal('SIGHUP')
  let isReloaded = false
  const reloaded = server.seen(/Reloaded: all workers run the new code/).then(() => {
    isReloaded = true
  })
  while (!isReloaded) await act()
  await reloaded
}

/** Resolves when the fact holds. For what no event tells: files, processes. */
export async function until(fact: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + LIMIT_MS
  while (!(await fact())) {
    if (performance.now() > end) throw new Error(`Cannot wait any longer: ${what} did not happen within ${LIMIT_MS} ms`)
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}

/** A request that is being worked on until `finish`. */
export async function busyRequest(url: string): Promise<{ answer: Promise<Reply>; finish: () => Promise<void> }> {
  const { writeFile } = await import('node:fs/promises')
  const file = join(temporaryFolder('test'), 'finish')
  const answer = ask(`${url}/until?file=${encodeURIComponent(file)}`)
  answer.catch(() => undefined)
  await until(() => existsSync(`${file}.started`), 'the request reached the app')
  return { answer, finish: () => writeFile(file, '') }
}
