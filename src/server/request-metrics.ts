// Counts answers by class and by duration. Only there when somebody looks at the figures: a clock is asked twice per request.
import type { AnsweredRequest } from './connection/answered-request.ts'

/** Upper bounds of the histogram in seconds: those of the OpenTelemetry HTTP conventions. */
export const DURATION_BOUNDS: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
]

/** Figures since the start of the process. */
export interface MeteredRequest {
  /** Answers with status 1xx to 5xx. */
  readonly classes: readonly number[]
  /** Answers within each bound of DURATION_BOUNDS and above the one before it; the last one is for all that took longer. */
  readonly durations: readonly number[]
  readonly durationSum: number
}

export class RequestMetrics {
  readonly #classes = [0, 0, 0, 0, 0]
  readonly #durations: number[] = new Array(DURATION_BOUNDS.length + 1).fill(0)
  #durationSum = 0

  note({ status, durationMs }: AnsweredRequest): void {
    const seconds = durationMs / 1000
    const place = DURATION_BOUNDS.findIndex(bound => seconds <= bound)
    this.#durations[place < 0 ? DURATION_BOUNDS.length : place]!++
    this.#durationSum += seconds
    const index = Math.floor(status / 100) - 1
    // Status 0: the connection was lost before there was an answer.
    if (index >= 0 && index < 5) this.#classes[index]!++
  }

  get figures(): MeteredRequest {
    return { classes: [...this.#classes], durations: [...this.#durations], durationSum: this.#durationSum }
  }
}
