// Loaded into each run of a test file, twice over: before it (--import), to choose the mutant, and as its reporter, to end it at the first
// test that fails. Names of `__stryker__` are those that Stryker's instrumenter writes into the code.
import { writeFileSync } from 'node:fs'

const { MUTANT, HIT_LIMIT, COVERAGE_FILE } = process.env

const state = (globalThis.__stryker__ ??= {})
if (MUTANT !== undefined) Object.assign(state, { activeMutant: MUTANT, hitCount: 0, hitLimit: Number(HIT_LIMIT) })
if (COVERAGE_FILE !== undefined)
  process.once('exit', () => writeFileSync(COVERAGE_FILE, JSON.stringify(state.mutantCoverage?.static ?? {})))

/** A file that passes says nothing. */
export default async function* endAtFirstFailure(events) {
  for await (const { type, data } of events) {
    if (type !== 'test:fail') continue
    yield `${data.name}: ${data.details.error?.cause?.message ?? data.details.error?.message}\n`
    process.exit(1)
  }
}
