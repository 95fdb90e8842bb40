// `import { workers } from 'starlight-server/crossws'`: the sync driver of crossws for several workers, over the messages between them.
import { LargeMessages } from './app/large-messages.ts'

/** What crossws gives to a driver and takes from it; its types need a newer crossws than the hooks do. */
export interface SyncMessage {
  readonly namespace: string
  readonly topic: string
  readonly data: string | Uint8Array
}

export interface SyncDriver {
  subscribe(deliver: (message: SyncMessage) => void): void
  publish(message: SyncMessage): void
  close(): void
}

/**
 * Makes `peer.publish` reach the peers of all workers that have subscribed to the topic. `channel` keeps
 * adapters apart, of which one worker has several.
 *
 * @example
 * const adapter = nodeAdapter({ hooks, sync: workers() })
 */
export function workers({
  channel = '',
}: {
  readonly channel?: string
} = {}): (options: { readonly id: string }) => SyncDriver {
  return ({ id }) => {
    const messages = new LargeMessages(`crossws:${channel}`, id)
    let stop = (): void => undefined
    return {
      subscribe: deliver => {
        stop()
        stop = messages.onMessage(deliver)
      },
      publish: ({ namespace, topic, data }) => void messages.send({ namespace, topic, data }),
      close: () => stop(),
    }
  }
}
