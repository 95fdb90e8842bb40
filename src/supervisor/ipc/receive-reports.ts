// What the master hears from a worker. The worker's application shares its channels, so what comes is checked before anybody acts
// upon it, is bounded in size, and cannot throw: what is not ours is dropped, and what only looks like ours is told to `onInvalidReport`.
import type { ChildProcess } from 'node:child_process'
import type { Duplex } from 'node:stream'
import { reasonOf } from '../../config/thrown.ts'
import { contentOf, ENVELOPE_EVENT, isEnvelope, LISTENING } from './envelope.ts'
import type { Report } from './messages.ts'
import { blockedReportOf, reportOf } from './report-shape.ts'

export interface Hearer {
  /** It hears orders from now on. */
  onListening(): void
  onReport(report: Report): void
  /** The worker has sent what no worker of ours sends; `what` completes "worker 7 sent ...". May be called again. */
  onInvalidReport(what: string): void
}

/** Most bytes of one message. The longest report, figures of an application, has a quarter of it. */
const MOST_BYTES = 32 * 1024 * 1024
/** Most characters of one line of a watchdog. */
const LONGEST_LINE = 4 * 1024 * 1024

/** Hears the reports that come over Node's IPC channel. */
export function hearReports(child: ChildProcess, { onListening, onReport, onInvalidReport }: Hearer): void {
  const reading = guardReading(child, onInvalidReport)
  // Without a listener Node would keep the messages for one that may come.
  child.on('message', (_message: unknown, handle: unknown) => {
    reading.isDone()
    release(handle)
  })
  child.on(ENVELOPE_EVENT, (message: unknown, handle: unknown) => {
    reading.isDone()
    if (!isEnvelope(message)) return
    release(handle)
    const content = contentOf(message)
    const report = reportOf(content)
    if (content === LISTENING) onListening()
    else if (report === undefined) onInvalidReport('what is no report')
    else onReport(report)
  })
  const emit = child.emit.bind(child)
  // Node's own listener of that event throws when it is told of a handle that was never sent.
  child.emit = (name: string | symbol, ...values: unknown[]) => {
    if (name !== ENVELOPE_EVENT) return emit(name, ...values)
    try {
      return emit(name, ...values)
    } catch (error) {
      onInvalidReport(`what is no report (${reasonOf(error)})`)
      return true
    }
  }
}

/** Hears the reports of a watchdog, each a line of JSON. */
export function hearWatchdog(line: Duplex, { onReport, onInvalidReport }: Omit<Hearer, 'onListening'>): void {
  let text = ''
  line.on('error', () => undefined)
  line.setEncoding('utf8').on('data', (piece: string) => {
    const lines = (text + piece).split('\n')
    text = lines.pop() ?? ''
    for (const whole of lines) {
      const report = blockedReportOf(whole)
      if (report === undefined) onInvalidReport('what is no report of its watchdog')
      else onReport(report)
    }
    if (text.length > LONGEST_LINE) {
      text = ''
      onInvalidReport('a line without an end as its watchdog')
    }
  })
}

/** The handle of a channel; its `onread` is what parses, and throws on bytes that are no message. */
interface ChannelHandle {
  onread?: (this: unknown, bytes: ArrayBuffer | undefined) => void
}

/**
 * Keeps what the parser of Node's channel throws, and what it would gather without an end, from the master. Its handle has a
 * name that only Node knows; where it is not found, the channel works as it is.
 */
function guardReading(child: ChildProcess, onInvalidReport: Hearer['onInvalidReport']): { isDone(): void } {
  const handle = channelHandleOf(child)
  let unread = 0
  let isSpoilt = false
  const spoil = (why: string): void => {
    isSpoilt = true
    onInvalidReport(`what is no report (${why})`)
  }
  const onread = handle?.onread
  if (handle !== undefined && onread !== undefined) {
    handle.onread = function (bytes) {
      // The end of the channel.
      if (bytes === undefined) return onread.call(this, bytes)
      unread += bytes.byteLength
      if (unread > MOST_BYTES && !isSpoilt) spoil(`more than ${MOST_BYTES} bytes`)
      if (isSpoilt) return
      try {
        onread.call(this, bytes)
      } catch (error) {
        spoil(reasonOf(error))
      }
    }
  }
  return {
    isDone: () => {
      unread = 0
    },
  }
}

function channelHandleOf(child: ChildProcess): ChannelHandle | undefined {
  const name = Object.getOwnPropertySymbols(child).find(({ description }) => description === 'kChannelHandle')
  const handle: unknown = name === undefined ? undefined : Reflect.get(child, name)
  return typeof handle === 'object' && handle !== null ? handle : undefined
}

/** A socket or a server that came along has no owner. */
function release(handle: unknown): void {
  if (typeof handle !== 'object' || handle === null) return
  if ('destroy' in handle && typeof handle.destroy === 'function') handle.destroy()
  else if ('close' in handle && typeof handle.close === 'function') handle.close()
}
