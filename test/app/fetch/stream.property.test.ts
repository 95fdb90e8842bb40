// A light stream does what Node's does: whatever its source does, and whoever reads it.
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { fetchHandler } from '../../../src/app/fetch/adapter/handler.ts'
import { installLightGlobals } from '../../../src/app/fetch/web/globals.ts'
import { FakeExchange } from '../../support/fake-exchange.ts'
import { contextOf, GET } from './ask.ts'
import { holds, outcomeOf, same } from './properties.ts'

const Native = ReadableStream
installLightGlobals()
const Light = ReadableStream

type Maker = typeof ReadableStream
type Controller = ReadableStreamDefaultController<unknown>

/** What a source does in `start`, in a `pull`, or by itself. */
const ACTIONS = [
  'nothing',
  'one',
  'two',
  'one later',
  'close',
  'one and close',
  'error',
  'throw',
  'reject',
  'wait',
] as const
type Action = (typeof ACTIONS)[number]

/** What is done to the stream. */
const STEPS = ['turn', 'send', 'read', 'cancel', 'leave', 'tee', 'locked', 'text'] as const
type Step = (typeof STEPS)[number] | { readonly source: Action }

const action = fc.constantFrom(...ACTIONS)
const plan = fc.record({
  start: fc.option(action, { nil: undefined }),
  pulls: fc.option(fc.array(action, { maxLength: 6 }), { nil: undefined }),
  cancels: fc.boolean(),
  steps: fc.array(
    fc.oneof(
      fc.constantFrom<Step>(...STEPS),
      action.map(source => ({ source })),
    ),
    { maxLength: 8 },
  ),
})
type Plan = typeof plan extends fc.Arbitrary<infer P> ? P : never

class Run {
  /** What the source has seen, and what the steps have given: which of both comes first in a turn is nobody's business. */
  readonly source: unknown[] = []
  readonly log: unknown[] = []
  #count = 0
  #controller: Controller | undefined
  #stream: ReadableStream | undefined
  readonly #exchange = new FakeExchange(GET)

  async over(Stream: Maker, { start, pulls, cancels, steps }: Plan): Promise<unknown[]> {
    const rest = pulls?.slice()
    const made = outcomeOf(() => {
      this.#stream = new Stream({
        start: (controller: Controller) => {
          this.#controller = controller
          return start === undefined ? undefined : this.#act(start)
        },
        ...(rest === undefined
          ? {}
          : {
              pull: () => {
                // How often a source is asked that gives nothing depends on when it is read.
                const next = rest.shift() ?? 'nothing'
                if (next !== 'nothing') this.source.push([next, this.#controller?.desiredSize])
                return this.#act(next)
              },
            }),
        ...(cancels ? { cancel: (reason: unknown) => void this.source.push(['cancel', String(reason)]) } : {}),
      } as object)
    })
    this.log.push('error' in made ? made : 'made')
    for (const step of steps) await this.#step(step)
    for (let i = 0; i < 4; i++) await turn()
    this.log.push([this.#exchange.state, this.#exchange.bodyText, this.#stream?.locked])
    return [this.source, this.log]
  }

  #act(action: Action): unknown {
    const controller = this.#controller!
    const piece = (): string => `<${this.#count++}>`
    if (action === 'one') controller.enqueue(piece())
    if (action === 'two') for (const each of [piece(), piece()]) controller.enqueue(each)
    if (action === 'one later') return turn().then(() => controller.enqueue(piece()))
    if (action === 'one and close') controller.enqueue(piece())
    if (action === 'close' || action === 'one and close') controller.close()
    if (action === 'error') controller.error(new RangeError('broken'))
    if (action === 'throw') throw new RangeError('thrown')
    if (action === 'reject') return Promise.reject(new RangeError('rejected'))
    return action === 'wait' ? turn() : undefined
  }

  async #step(step: Step): Promise<void> {
    const stream = this.#stream
    // After how many microtasks a promise of the source is seen differs between lines of Node, too. What a source does later is done
    // before anything else happens.
    if (typeof step === 'object' || !['send', 'locked'].includes(step)) for (let i = 0; i < 4; i++) await turn()
    if (typeof step === 'object') {
      const done = outcomeOf(() => this.#act(step.source))
      if ('error' in done) this.log.push(done)
      else Promise.resolve(done.value).catch(() => this.source.push('late error'))
    } else if (step === 'turn') {
      this.log.push(outcomeOf(() => this.#controller?.desiredSize))
    } else if (step === 'leave') this.#exchange.leave()
    else if (stream !== undefined) {
      const done = outcomeOf(() => this.#use(stream, step))
      const entry: unknown[] = [step, 'error' in done ? done : 'pending']
      this.log.push(entry)
      if ('value' in done)
        void Promise.resolve(done.value).then(
          value => entry.splice(1, 1, value),
          cause => entry.splice(1, 1, String(cause)),
        )
    }
  }

  #use(stream: ReadableStream, step: Step): unknown {
    if (step === 'send')
      return this.#exchange.state === 'pending' && fetchHandler(() => new Response(stream), contextOf())(this.#exchange)
    if (step === 'read') {
      const reader = stream.getReader()
      return reader.read().finally(() => reader.releaseLock())
    }
    if (step === 'cancel') return stream.cancel('enough')
    if (step === 'tee') return Promise.all(stream.tee().map(each => new Response(each).text()))
    if (step === 'text') return new Response(stream).text()
    return stream.locked
  }
}

test('a light stream does what the platform does, whatever its source does and whoever reads it', () =>
  holds(
    fc.asyncProperty(plan, async plan => {
      same(await new Run().over(Light, plan), await new Run().over(Native, plan))
    }),
    600,
  ))
