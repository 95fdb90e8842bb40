// What the tests of Windows share.
import assert from 'node:assert/strict'
import { type Agent, request as httpRequest, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { ROOT } from '../support/root.ts'
import { type Ended, type Options, type Windows, type WindowsProcess, windowsPath } from '../support/windows.ts'

export const app = (name: string): string => windowsPath(join(ROOT, 'test', 'fixtures', 'windows', name))
export const KINDS: readonly (readonly [string, RegExp])[] = [
  ['psgi.mjs', /^psgi win32 127\.0\.0\.1$/],
  ['node.mjs', /^node win32 \d+$/],
  ['fetch.ts', /^fetch win32 \d+$/],
]
export const LOCAL: readonly string[] = ['--host=127.0.0.1', '--port=0']

export interface AskOptions extends RequestOptions {
  readonly body?: Buffer
  readonly rejectUnauthorized?: boolean
}

export function ask(url: string, { body, ...options }: AskOptions = {}): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const send = url.startsWith('https:') ? httpsRequest : httpRequest
    const asked = send(url, { agent: false as unknown as Agent, rejectUnauthorized: false, ...options }, response => {
      let text = ''
      response.setEncoding('utf8').on('data', piece => {
        text += piece
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
      response.on('error', reject)
    })
    asked.on('error', reject)
    asked.end(body)
  })
}

export interface Site {
  readonly server: WindowsProcess
  /** Asks this server, with a command of `starlight`. */
  command(...words: string[]): Promise<Ended>
}

/** A server that goes with the test. */
export async function serve(
  windows: Windows,
  t: TestContext,
  args: readonly string[],
  options?: Options,
): Promise<Site> {
  const control = windowsPath(join(windows.folder, `${Math.random()}.json`))
  const server = await windows.serve([`--control-socket=${control}`, ...args], options)
  t.after(() => server.child.kill('SIGKILL'))
  const command = (...words: string[]): Promise<Ended> => windows.run([...words, `--control-socket=${control}`])
  return { server, command }
}

/** Clients that ask again and again, each on a new connection, while `act` runs: how many answers and failures they had. */
export async function underLoad(
  url: string,
  act: () => Promise<unknown>,
): Promise<{ answers: string[]; failures: unknown[] }> {
  const [answers, failures]: [string[], unknown[]] = [[], []]
  let isOver = false
  const client = async (): Promise<void> => {
    while (!isOver)
      await ask(url).then(
        ({ text }) => answers.push(text),
        error => failures.push(error),
      )
  }
  const clients = Array.from({ length: 4 }, client)
  try {
    await act()
  } finally {
    isOver = true
    await Promise.all(clients)
  }
  return { answers, failures }
}

export async function workersOf(command: Site['command']): Promise<number[]> {
  const { code, output } = await command('status', '--json')
  assert.equal(code, 0, output)
  return (JSON.parse(output) as { workers: { pid: number; state: string }[] }).workers
    .filter(({ state }) => state === 'serving')
    .map(({ pid }) => pid)
}
