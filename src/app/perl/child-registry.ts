// The Perl processes of a pool, by pid: from the birth that the zygote tells to the death that it tells.
import type { PerlChild } from './child.ts'
import type { Zygote } from './zygote.ts'

export interface RegisteredChild {
  readonly pid: number
  readonly zygote: Zygote
  /** Undefined before its handshake. */
  child: PerlChild | undefined
  /** Counted as a worker: not leaving, not given up. */
  counts: boolean
  /** When it has had time enough to end by itself; Infinity for one that was not asked to. */
  killAt: number
  /** When it must have ended after it closed its line; Infinity for one that has not. */
  endsBy: number
}

export class ChildRegistry {
  readonly #byPid = new Map<number, RegisteredChild>()
  /** Dead before their handshake was read. */
  readonly #unheard = new Set<number>()

  /** Told by the zygote, before or after the handshake. */
  born(pid: number, zygote: Zygote): void {
    this.#unheard.delete(pid)
    this.#member(pid, zygote)
  }

  /** Undefined: its death was told already. */
  greeted(pid: number, zygote: Zygote): RegisteredChild | undefined {
    return this.#unheard.delete(pid) ? undefined : this.#member(pid, zygote)
  }

  died(pid: number): RegisteredChild | undefined {
    const member = this.#byPid.get(pid)
    if (member?.child === undefined) this.#unheard.add(pid)
    this.#byPid.delete(pid)
    return member
  }

  get(pid: number): RegisteredChild | undefined {
    return this.#byPid.get(pid)
  }

  get all(): IterableIterator<RegisteredChild> {
    return this.#byPid.values()
  }

  get size(): number {
    return this.#byPid.size
  }

  /** How many count as workers. */
  get workers(): number {
    let count = 0
    for (const { counts } of this.#byPid.values()) if (counts) count++
    return count
  }

  /** A child that counts. */
  working(): PerlChild | undefined {
    for (const { child, counts } of this.#byPid.values()) if (counts && child !== undefined) return child
    return undefined
  }

  discount(pid: number): void {
    const member = this.#byPid.get(pid)
    if (member !== undefined) member.counts = false
  }

  clear(): void {
    this.#byPid.clear()
    this.#unheard.clear()
  }

  #member(pid: number, zygote: Zygote): RegisteredChild {
    let member = this.#byPid.get(pid)
    if (member === undefined) {
      member = { pid, zygote, child: undefined, counts: true, killAt: Infinity, endsBy: Infinity }
      this.#byPid.set(pid, member)
    }
    return member
  }
}
