// Every private member of Node that we use, and whether this Node has them: asked once in each process, so that a Node which moves one
// of them is served with what is public, or refused in one sentence, and nothing fails in the middle of a request.
// STARLIGHT_TRANSPORT=socket says that the members of handles are not to be used.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Server } from 'node:net'

/** Of libuv's TCP and pipe handles (`net.Socket._handle`); see transport/libuv-streams.ts. */
const HANDLE = [
  'close',
  'fd',
  'onread',
  'readStart',
  'readStop',
  'shutdown',
  'useUserBuffer',
  'writeBuffer',
  'writeLatin1String',
  'writeQueueSize',
  'writev',
] as const

/** Of IncomingMessage; see app/node/internals.ts, as for the other two. */
const REQUEST = ['_addHeaderLines', '_consuming', '_destroy', '_dump', '_dumped', '_eventsCount', '_read'] as const
/** Of the state of a Readable. */
const READABLE = [
  'closed',
  'closeEmitted',
  'destroyed',
  'endEmitted',
  'ended',
  'errored',
  'readingMore',
  'resumeScheduled',
] as const
/** Of ServerResponse: what it has of OutgoingMessage. */
const RESPONSE = [
  '_closed',
  '_contentLength',
  '_finish',
  '_flush',
  '_hasBody',
  '_header',
  '_headerSent',
  '_keepAliveTimeout',
  '_last',
  '_storeHeader',
  'outputData',
] as const

/** Of net.Server; see app/node/adoption.ts and app/node/taken-servers.ts. */
const SERVER = ['_connections', '_emitCloseIfDrained', '_handle', '_listen2', '_unref'] as const

/** What `process.binding('stream_wrap')` gives. */
export interface StreamBinding<Write, Shutdown> {
  readonly WriteWrap: new () => Write
  readonly ShutdownWrap: new () => Shutdown
  readonly streamBaseState: Int32Array
  readonly kReadBytesOrError: number
  readonly kArrayBufferOffset: number
  readonly kLastWriteWasAsync: number
}

type FindBinding = (name: string) => object

/**
 * The binding under libuv's streams; undefined when it, or a member of its handles, is missing or not wanted. Then sockets serve, as
 * with the permission model, which forbids bindings.
 */
export function findStreamBinding<Write, Shutdown>(
  bindingOf: FindBinding | undefined = (process as unknown as { binding?: FindBinding }).binding,
  transport: string | undefined = process.env['STARLIGHT_TRANSPORT'],
): StreamBinding<Write, Shutdown> | undefined {
  if (transport === 'socket') return undefined
  try {
    const found = bindingOf?.('stream_wrap') as Partial<StreamBinding<Write, Shutdown>> | undefined
    const isWhole =
      typeof found?.WriteWrap === 'function' &&
      typeof found.ShutdownWrap === 'function' &&
      found.streamBaseState instanceof Int32Array &&
      [found.kReadBytesOrError, found.kArrayBufferOffset, found.kLastWriteWasAsync].every(Number.isInteger)
    const handles = [handleOf(bindingOf?.('tcp_wrap'), 'TCP'), handleOf(bindingOf?.('pipe_wrap'), 'Pipe')]
    const haveMembers = handles.every(handle => missing(handle, HANDLE).length === 0)
    return isWhole && haveMembers ? (found as StreamBinding<Write, Shutdown>) : undefined
  } catch {
    return undefined
  }
}

function handleOf(binding: object | undefined, name: string): object {
  return (binding as Record<string, { prototype: object }>)[name]!.prototype
}

/** The private members of node:http that Node-style applications need and that `req` and `res`, both new, lack. */
export function missingHttpMembers(req: IncomingMessage, res: ServerResponse): string[] {
  const { _readableState: state = {} } = req as unknown as { readonly _readableState?: object }
  return [
    ...missing(req, REQUEST).map(name => `IncomingMessage.${name}`),
    ...missing(state, READABLE).map(name => `IncomingMessage._readableState.${name}`),
    ...missing(res, RESPONSE).map(name => `ServerResponse.${name}`),
  ]
}

/** The private members of net.Server that a new `server` lacks: without them no application's `listen` can be answered. */
export function missingServerMembers(server: Server): string[] {
  return missing(server, SERVER).map(name => `net.Server.${name}`)
}

function missing(object: object, names: readonly string[]): string[] {
  return names.filter(name => !(name in object))
}
