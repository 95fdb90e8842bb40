// What our processes say to each other over Node's IPC channel travels in an envelope, because a worker shares the channel with
// its application. Node gives a message whose `cmd` begins with NODE_ to no 'message' listener: it is emitted as
// 'internalMessage' (child_process, subprocess.send). So an application hears none of ours, and what it sends is none of ours.

export const ENVELOPE_EVENT = 'internalMessage'
const OURS = 'NODE_STARLIGHT'

/** The first words of a worker. Node keeps a message for a listener that is not there yet, but not one in an envelope. */
export const LISTENING = 'listening'

export interface Envelope<Content> {
  readonly cmd: typeof OURS
  readonly content: Content
}

export function enveloped<Content>(content: Content): Envelope<Content> {
  return { cmd: OURS, content }
}

/** What is in the envelope, not checked; undefined when the message is not ours. */
export function contentOf(message: unknown): unknown {
  return isEnvelope(message) ? message.content : undefined
}

export function isEnvelope(message: unknown): message is Envelope<unknown> {
  return typeof message === 'object' && message !== null && 'cmd' in message && message.cmd === OURS
}
