// Which worker is the first: one at most at any time. Whoever is to be it gets it when the one before has given it back, or is gone.
import type { WorkerRecord } from '../../pool/pool.ts'

type Candidate = Pick<WorkerRecord, 'id' | 'state' | 'generation'>

export class FirstWorker {
  #holder: number | undefined
  #isLeaving = false

  /** The worker that is the first, as far as it was told. */
  get id(): number | undefined {
    return this.#isLeaving ? undefined : this.#holder
  }

  /** To be called whenever workers have changed: afterwards `id` is who is to be told so, and everybody else is not the first. */
  look(records: readonly Candidate[]): void {
    if (!records.some(({ id }) => id === this.#holder)) this.#release()
    const serving = records.filter(({ state }) => state === 'serving')
    const newest = Math.max(...serving.map(({ generation }) => generation))
    const candidates = serving.filter(({ generation }) => generation === newest)
    if (this.#holder === undefined) this.#holder = candidates[0]?.id
    else if (!candidates.some(({ id }) => id === this.#holder)) this.#isLeaving = true
  }

  /** The worker says that it is not the first. */
  givenBack(id: number): void {
    if (this.#isLeaving && id === this.#holder) this.#release()
  }

  #release(): void {
    this.#holder = undefined
    this.#isLeaving = false
  }
}
