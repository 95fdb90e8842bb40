// Express on requests that are made for it, beside node:http: nothing that a program can see is different, and nothing is replaced.
import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import http, { createServer, IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import express, { type Express } from 'express'
import { nodeHandler } from '../../../src/app/node/handler.ts'
import type { NodeApp } from '../../../src/app/node/types.ts'
import { listening } from '../../support/listening.ts'
import { connectRaw } from '../../support/raw-client.ts'
import { testContext } from './both.ts'

type Note = (fact: string) => void
/** Makes an application, or a server of one; `atEnd` is called behind its last request. */
type Make = (note: Note, atEnd: (action: () => void) => void) => NodeApp
type Named = Readonly<Record<string, { request: object; response: object }>>
type Handle = (req: IncomingMessage, res: ServerResponse, next?: unknown) => unknown

const PATHS = ['/', '/sub/page', '/']

/** Whose prototypes are on the way to Node's own. */
function origin(names: Named, req: object, res: object): string {
  const way = (message: object, member: 'request' | 'response', end: object): string => {
    const found: string[] = []
    for (let at = Object.getPrototypeOf(message); at !== end; at = Object.getPrototypeOf(at))
      found.push(Object.keys(names).find(name => names[name]![member] === at) ?? 'other')
    return found.join(' ')
  }
  return `[${way(req, 'request', IncomingMessage.prototype)}] [${way(res, 'response', ServerResponse.prototype)}]`
}

/** An application that notes what it sees. */
function noting(note: Note): Express {
  const app = express()
  app.use((req, res, next) => {
    note(`${origin({ app, express }, req, res)} ${req.constructor.name} ${res.constructor.name}`)
    note(`${req instanceof IncomingMessage} ${res instanceof ServerResponse} ${req.res === res} ${res.req === req}`)
    note(`${req.app === app} ${res.app === app} ${req.path} ${req.hostname} ${req.ip} ${Reflect.get(req, 'own')}`)
    next()
  })
  app.get('/sub/page', (_req, _res, next) => next(new Error('failed')))
  app.use((req, res) => void res.status(201).set('X-Path', req.path).json({ query: req.query }))
  return app.set('env', 'test')
}

/** Has `first` called with what `app` is given, before anything has been done to it. */
function preceded(app: Express, first: Handle): Express {
  const { handle } = app as unknown as { handle: Handle }
  return Object.assign(app, {
    handle(...given: Parameters<Handle>) {
      first(...given)
      return Reflect.apply(handle, app, given)
    },
  })
}

/** Calls `action` with the second request. */
function onSecond(action: () => void): () => void {
  let count = 0
  return () => {
    if (++count === 2) action()
  }
}

const SAME: Record<string, Make> = {
  alone: note => noting(note),
  'with a server': note => createServer(noting(note)),
  'with one mounted in it, which sets its own prototypes and puts the others back': note => {
    const [app, sub] = [express(), express()]
    const names = { app, sub, express }
    app.use('/sub', sub)
    sub.use((req, res, next) => {
      note(`in sub: ${origin(names, req, res)} ${req.baseUrl} ${req.app === sub}`)
      next()
    })
    return app.use((req, res) => {
      note(`in app: ${origin(names, req, res)} ${req.app === app}`)
      res.send('ok')
    })
  },
  'with other prototypes from the second request on': note => {
    const app = noting(note)
    const change = onSecond(() => {
      app.request = Object.create(app.request, { own: { value: 'of the second' } })
    })
    return preceded(app, change)
  },
  'with more in its prototypes from the second request on': note => {
    const app = noting(note)
    const change = onSecond(() => Object.defineProperty(app.request, 'own', { get: () => 'of the second' }))
    return preceded(app, change)
  },
  'with members that override those of Node': note => {
    const app = noting(note)
    for (const name of ['method', 'headers', 'httpVersion', 'socket'])
      Object.defineProperty(app.request, name, { get: () => note(`${name} is asked for`) })
    for (const name of ['req', 'sendDate', 'shouldKeepAlive'])
      Object.defineProperty(app.response, name, { get: () => note(`${name} is asked for`) })
    return app
  },
  'with frozen prototypes': note => {
    const app = noting(note)
    Object.freeze(app.request)
    Object.freeze(app.response)
    return app
  },
  'behind a listener': note => {
    const app = noting(note)
    return createServer((req, res) => {
      note(`before: ${origin({ app, express }, req, res)} ${'query' in req} ${'send' in res}`)
      app(req as never, res as never)
    })
  },
  'beside a listener': note => {
    const app = noting(note)
    return createServer((req, res) => note(`beside: ${origin({ app, express }, req, res)}`)).on('request', app)
  },
  'beside a listener from the second request on': note => {
    const app = noting(note)
    const server = createServer(app)
    const listener: Handle = (req, res) => note(`beside: ${origin({ app, express }, req, res)}`)
    preceded(
      app,
      onSecond(() => server.prependListener('request', listener)),
    )
    return server
  },
  'in the place of another from the second request on': note => {
    const [one, two] = [noting(note), noting(note)]
    const server = createServer(one)
    preceded(
      one,
      onSecond(() => server.removeAllListeners('request').on('request', two)),
    )
    return server
  },
  'beside another in one server': note => {
    const [one, two] = [noting(note), noting(note)]
    return createServer((req, res) => (req.url === '/' ? one : two)(req as never, res as never))
  },
  'with a server that has classes of its own': note => {
    class OwnMessage extends IncomingMessage {}
    class OwnResponse extends ServerResponse {}
    const app = noting(note)
    preceded(app, (req, res) => note(`${origin({ app, express }, req, res)} ${req instanceof OwnMessage}`))
    return createServer({ IncomingMessage: OwnMessage, ServerResponse: OwnResponse } as never).on('request', app)
  },
  'with an emit that is wrapped': note => {
    const app = noting(note)
    const server = createServer(app)
    const { emit } = server
    const wrapped = (event: string, ...given: [object, object]): boolean => {
      if (event === 'request') note(`emit: ${origin({ app, express }, ...given)} ${'ip' in given[0]}`)
      return Reflect.apply(emit, server, [event, ...given])
    }
    return Object.assign(server, { emit: wrapped })
  },
  'with a subscriber of http.server.request.start': (note, atEnd) => {
    return watched('http.server.request.start', note, atEnd)
  },
  'with a subscriber of http.server.response.created': (note, atEnd) => {
    return watched('http.server.response.created', note, atEnd)
  },
}

function watched(channel: string, note: Note, atEnd: Parameters<Make>[1]): NodeApp {
  const app = noting(note)
  const listener = (message: unknown): void => {
    const { request, response } = message as { request: object; response: object }
    note(`${channel}: ${origin({ app, express }, request, response)}`)
  }
  subscribe(channel, listener)
  atEnd(() => unsubscribe(channel, listener))
  return app
}

for (const [name, make] of Object.entries(SAME)) {
  test(`Express sees the same as on node:http, ${name}`, async t => {
    const beside = await underNode(make, t)
    assert.deepEqual(await underOurs(make, t), beside)
    assert.ok(beside.length > PATHS.length)
  })
}

test('What Express would replace is there before: the prototypes of the application in hand', async t => {
  const make = (wrap: (app: Express) => NodeApp): Make => {
    return note => {
      const app = noting(() => undefined)
      preceded(app, (req, res) => note(origin({ app, express }, req, res)))
      const change = onSecond(() => {
        app.request = Object.create(app.request)
      })
      return wrap(preceded(app, change))
    }
  }
  for (const wrap of [(app: Express) => app, (app: Express) => createServer(app)]) {
    const notes = (await underOurs(make(wrap), t)).filter(note => note.startsWith('['))
    const usual = '[app express] [app express]'
    // Of the second request, whose application has others by then.
    const changed = '[other express] [app express]'
    assert.deepEqual(notes, [usual, changed, '[app other express] [app express]'])
  }
})

async function underNode(make: Make, t: TestContext): Promise<string[]> {
  return notesOf(make, async app => {
    const server = app instanceof http.Server ? app : createServer(app as never)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.after(() => {
      server.close()
      server.closeAllConnections()
    })
    return (server.address() as AddressInfo).port
  })
}

async function underOurs(make: Make, t: TestContext): Promise<string[]> {
  return notesOf(make, async app => (await listening(t, nodeHandler(app, testContext()))).port)
}

async function notesOf(make: Make, serve: (app: NodeApp) => Promise<number>): Promise<string[]> {
  const notes: string[] = []
  const actions: (() => void)[] = []
  try {
    const app = make(
      fact => notes.push(fact),
      action => actions.push(action),
    )
    await askAll(await serve(app), notes)
    return notes
  } finally {
    for (const action of actions) action()
  }
}

/** One request after the other, each on a connection of its own; notes the answers. */
async function askAll(port: number, notes: string[]): Promise<void> {
  for (const path of PATHS) {
    const client = await connectRaw({ port, methods: ['GET'] })
    await client.send(`GET ${path} HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n\r\n`)
    await client.ended()
    notes.push(client.text.replace(/Date: [^\r]+/, 'Date: now'))
    client.destroy()
  }
}
