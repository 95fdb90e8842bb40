// What can be asked of the streams that are bodies.
import { Readable } from 'node:stream'
import { isUntouched } from './lazy-stream.ts'
import { natives } from './native-classes.ts'

/** Whether anybody has read from the stream, or cancelled it. */
export function isUsed(stream: ReadableStream): boolean {
  // It knows both kinds of streams; its type knows one.
  return !isUntouched(stream) && Readable.isDisturbed(stream as unknown as Readable)
}

/** Whether the stream is unread, and has no reader. */
export function isUnread(stream: ReadableStream): boolean {
  return isUntouched(stream) || (!stream.locked && !isUsed(stream))
}

/** A native Response whose body has been read: it refuses to be read again in the words of the platform. */
export function spentResponse(): Response {
  const response = new (natives().Response)('')
  void response.text()
  return response
}
