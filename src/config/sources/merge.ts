// All sources put together: for each option the one that counts.

import type { OptionTable } from '../option.ts'
import type { Given, Layers } from './layer.ts'

/** 0 is the strongest source. */
export interface Ranked extends Given {
  readonly rank: number
}

/** Every option that a source gives or that has a default, by key. */
export type Merged = ReadonlyMap<string, Ranked>

/** The order of the sources; `layers` of that name, and the defaults behind them. */
export const RANK = { overriding: 0, commandLine: 1, environment: 2, file: 3, fallback: 4, default: 5 } as const

export function mergeLayers(layers: Layers, table: OptionTable): Merged {
  const merged = new Map<string, Ranked>()
  for (const [key, row] of Object.entries(table)) {
    const found = strongest(layers, key)
    if (found) merged.set(key, found)
    else if (row.default !== undefined) merged.set(key, { value: row.default, from: 'default', rank: RANK.default })
  }
  return merged
}

/** Whether a source, and not the default, gives the option. */
export function isGiven(merged: Merged, key: string): boolean {
  return rankOf(merged, key) < RANK.default
}

export function rankOf(merged: Merged, key: string): number {
  return merged.get(key)?.rank ?? RANK.default
}

function strongest(layers: Layers, key: string): Ranked | undefined {
  const names = ['overriding', 'commandLine', 'environment', 'file', 'fallback'] as const
  const givens = names.flatMap(name => {
    const given = layers[name].get(key)
    return given === undefined ? [] : [{ ...given, rank: RANK[name] }]
  })
  const [first, second] = givens
  // A variable of others that beats the operator's own word has to be seen in --print-config.
  const isSurprising = first?.rank === RANK.overriding && second !== undefined && second.value !== first.value
  return first && isSurprising ? { ...first, from: `${first.from}, which beats ${second.from}` } : first
}
