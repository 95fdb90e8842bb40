import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Starter, type StarterOptions } from '../../src/starter/starter.ts'
import type { ProcessExit } from '../../src/supervisor/state/exit-reason.ts'

const OPTIONS: StarterOptions = {
  sockets: [],
  program: ['true'],
  directory: undefined,
  intervalMs: 5,
  signalOnHup: 'SIGUSR1',
  signalOnTerm: 'SIGQUIT',
  backlog: 1,
  environmentDirectory: undefined,
  autoRestartMs: 0,
  killOldDelayMs: 0,
  pidFile: undefined,
  statusFile: undefined,
  logFile: undefined,
}

const FAILED: ProcessExit = { code: 1, signal: null }

/** A starter whose programs are made up: they end when they get a signal. `fails`: so many end at once. */
function starter(more: Partial<StarterOptions> = {}, fails = 0): { starter: Starter; story: string[] } {
  const story: string[] = []
  const note = (text: string): void => void story.push(text)
  let left = fails
  return {
    story,
    starter: new Starter({
      options: { ...OPTIONS, ...more },
      log: { debug: note, info: () => undefined, warn: note, error: note },
      spawn: (generation, onExit) => {
        note(`start ${generation}`)
        if (left-- > 0) queueMicrotask(() => onExit(FAILED))
        return {
          pid: generation,
          kill: signal => {
            note(`${signal} to ${generation}`)
            setImmediate(() => onExit({ code: 0, signal: null }))
          },
        }
      },
      onChange: running => note(`running ${running.map(({ number }) => number).join(' ')}`),
    }),
  }
}

test('HUP starts the new program before the old one is told to go', async () => {
  const { starter: subject, story } = starter()
  const ended = subject.run()
  await until(story, 'running 1')
  subject.signal('SIGHUP')
  await until(story, 'SIGUSR1 to 1')
  await until(story, 'running 2')
  subject.signal('SIGTERM')
  await ended
  assert.deepEqual(
    story.filter(line => !line.startsWith('running')),
    ['start 1', 'start 2', 'SIGUSR1 to 1', 'SIGQUIT to 2'],
  )
})

test('INT ends the program with TERM, whatever TERM does', async () => {
  const { starter: subject, story } = starter()
  const ended = subject.run()
  await until(story, 'running 1')
  subject.signal('SIGINT')
  await ended
  assert.ok(story.includes('SIGTERM to 1'))
})

test('a program that fails is tried again, each time with a generation of its own', async () => {
  const { starter: subject, story } = starter({}, 2)
  const ended = subject.run()
  await until(story, 'start 3')
  subject.signal('SIGTERM')
  await ended
  assert.equal(story.filter(line => line.includes('could not start')).length, 2)
})

test('auto-restart replaces the program by itself', async () => {
  const { starter: subject, story } = starter({ autoRestartMs: 10 })
  const ended = subject.run()
  await until(story, 'SIGUSR1 to 1')
  subject.signal('SIGTERM')
  await ended
})

async function until(story: readonly string[], line: string): Promise<void> {
  while (!story.includes(line)) await new Promise(setImmediate)
}
