// Runs one application under node:http and under our server, both on real sockets, with one client that does the same to both.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { nodeHandler } from '../../../src/app/node/handler.ts'
import { listening } from '../../support/listening.ts'
import { connectRaw, type RawClient } from '../../support/raw-client.ts'
import { testContext } from './both.ts'

export type Note = (fact: string) => void
/** An application; `note` keeps what it says, for comparison. */
export type LiveApp = (req: IncomingMessage, res: ServerResponse, note: Note) => unknown
/** What the client does; the run is over when it resolves and as many notes have come as it waits for. */
export type Script = (client: RawClient, notes: Notes) => Promise<void>

/** What an application has said so far. */
export class Notes {
  readonly facts: string[] = []
  #changed: () => void = () => {}

  readonly note: Note = fact => {
    this.facts.push(fact)
    this.#changed()
  }

  /** Resolves when `fact` has been noted. The test runner's own limit ends a wait in vain. */
  async seen(fact: string): Promise<void> {
    while (!this.facts.includes(fact)) {
      await new Promise<void>(resolve => {
        this.#changed = resolve
      })
    }
  }
}

export async function liveUnderNode(
  app: LiveApp,
  script: Script,
  methods: readonly string[],
  prepare?: (server: Server) => void,
): Promise<readonly string[]> {
  const notes = new Notes()
  const server = createServer((req, res) => app(req, res, notes.note))
  server.keepAliveTimeout = 0
  prepare?.(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = await connectRaw({ port: (server.address() as AddressInfo).port, methods })
  try {
    await script(client, notes)
    return notes.facts
  } finally {
    client.destroy()
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  }
}

export async function liveUnderOurs(
  test: Pick<TestContext, 'after'>,
  app: LiveApp,
  script: Script,
  methods: readonly string[],
  prepare?: (server: Server) => void,
): Promise<readonly string[]> {
  const notes = new Notes()
  const server = createServer((req, res) => app(req, res, notes.note))
  prepare?.(server)
  const { connect } = await listening(test, nodeHandler(server, testContext()))
  const client = await connect(...methods)
  await script(client, notes)
  client.destroy()
  return notes.facts
}
