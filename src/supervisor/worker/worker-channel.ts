// A worker's end of the channel to its master. Node shows the channel to the application too, as process.send, process.disconnect and
// process.channel; the master at its other end does not understand the application, and the worker cannot live without it.
// So the application keeps the functions, because programs that were written for another process manager call them
// unasked (pm2's `process.send('ready')`), but they do nothing.
import { contentOf, ENVELOPE_EVENT, enveloped, LISTENING } from '../ipc/envelope.ts'
import type { Leaving, Order, Report, ShareSocketsOrder } from '../ipc/messages.ts'

export interface WorkerChannel {
  /** `then` is called when the report has left, or when the master is gone. */
  report(report: Report, then?: () => void): void
  /** It keeps this process alive no longer. */
  release(): void
}

export interface WorkerChannelUser {
  obey(order: Order, handle?: unknown): void
  /** The master is gone. */
  onOrphaned(leaving: Leaving): void
}

/** To be called once, before the application is loaded. */
export function takeChannel(user: WorkerChannelUser): WorkerChannel {
  const send = process.send?.bind(process)
  let isShared = false
  process.on(ENVELOPE_EVENT as 'message', (message: unknown, handle: unknown) => {
    const order = contentOf(message) as Order | ShareSocketsOrder | undefined
    if (order?.type === 'shareSockets') isShared = order.isShared
    else if (order !== undefined) user.obey(order, handle)
  })
  const { channel } = process
  const release = channel?.unref.bind(channel)
  // Beside a living master an orphan takes nothing: the queue, and its length, are those of all who have the socket.
  keepFromApplication(() => user.onOrphaned({ takesQueue: !isShared }))
  send?.(enveloped(LISTENING), undefined, undefined, () => undefined)
  return {
    report: (report, then = () => undefined) => {
      if (process.connected && send !== undefined) send(enveloped(report), undefined, undefined, () => then())
      else then()
    },
    release: () => release?.(),
  }
}

function keepFromApplication(onOrphaned: () => void): void {
  const { channel } = process
  // Said by name, so that a listener that comes or goes does not change it: a worker may have nothing else that keeps it alive.
  channel?.ref()
  if (channel !== undefined) Object.assign(channel, { ref: nothing, unref: nothing })
  process.send = sendToNobody as NonNullable<typeof process.send>
  // Node itself calls this when the other end is closed; when that call is over, it has let the channel go.
  process.disconnect = () =>
    process.nextTick(() => {
      if (process.channel !== null || !process.connected) return
      Object.assign(process, { connected: false })
      process.emit('disconnect')
      onOrphaned()
    })
}

function sendToNobody(_message: unknown, ...rest: readonly unknown[]): true {
  const sent = rest.findLast(argument => typeof argument === 'function') as ((error: null) => void) | undefined
  if (sent !== undefined) process.nextTick(sent, null)
  return true
}

function nothing(): void {}
