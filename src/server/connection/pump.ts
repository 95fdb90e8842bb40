// Drives a connection: takes step after step until nothing is left to do before something happens. What leads to a step inside of another
// one is seen by the loop that runs already, so a client that sends a thousand requests at once does not make the stack grow.

import type { ServerContext } from '../server-context.ts'
import type { ConnectionInput } from './connection-input.ts'
import type { WriteBuffer } from './write-buffer.ts'

/** What is driven. */
export interface Stepping {
  readonly context: ServerContext
  readonly input: ConnectionInput
  readonly output: WriteBuffer
  /** Takes one step; false when there is none before something happens. */
  step(): boolean
}

export class Pump {
  readonly #connection: Stepping
  #isRunning = false
  /** Whether a request has begun in this run. */
  #hasBegun = false

  constructor(connection: Stepping) {
    this.#connection = connection
  }

  /** Called from what came on the connection. */
  run(): void {
    if (this.#isRunning) return
    this.#stepOn()
    this.#connection.output.flush()
  }

  /** Called from what an earlier request has led to: a request that has come already begins outside of it. */
  runApart(): void {
    if (this.#isRunning) return
    if (this.#connection.input.unreadBytes > 0) this.runSoon()
    else this.#stepOn()
    // Answers to pipelined requests often come in one turn: they leave in one write.
    this.#connection.output.flushSoon()
  }

  runSoon(): void {
    this.#connection.context.asyncContext.soon(run, this)
  }

  /** A request begins: tells whether outside of the asynchronous context, which an earlier one in this run may have changed. */
  beginsApart(): boolean {
    const isApart = this.#hasBegun
    this.#hasBegun = true
    return isApart
  }

  #stepOn(): void {
    const connection = this.#connection
    this.#isRunning = true
    this.#hasBegun = false
    connection.output.cork()
    while (connection.step()) {}
    connection.output.uncork()
    this.#isRunning = false
  }
}

/** For `process.nextTick`. */
function run(pump: Pump): void {
  pump.run()
}
