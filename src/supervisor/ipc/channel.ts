import type { Leaving, Order, Report } from './messages.ts'

/** The channel to the master, or to the host of a thread. It may be gone at any moment; then messages are dropped. */
export interface MasterChannel {
  report(report: Report): void
  /** `then` is called when the report has left. */
  reportLast(report: Report, then: () => void): void
  /**
   * To be called right before the first listener opens. Until then whoever does not want this worker any more may end it in the middle
   * of its work; from then on it has to be asked.
   */
  beforeListening(): void
  /** No order is expected any more: the channel keeps this process, or thread, alive no longer. */
  release(): void
  /** Ends this process, or this thread. */
  end(code: number): void
}

/** What a worker process runs: one worker, or a host of threads. */
export interface WorkerRole {
  obey(order: Order, handle?: unknown): void
  /** TERM or QUIT from the operator. */
  onStopSignal(): void
  /** The master is gone. */
  onOrphaned(leaving: Leaving): void
  onUncaught(error: unknown): void
}
