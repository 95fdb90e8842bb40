// One fuzzing run: until a time or a count is reached, and a report that lets anybody repeat it.

export interface FuzzOptions {
  readonly seed: number
  /** Ends the run, whichever comes first; default: no limit. */
  readonly seconds?: number
  readonly cases?: number
  /** Most time that one input may take; default: no limit. For a machine that does nothing else. */
  readonly mostMs?: number
}

/** How many cases were tried; `counts` by what they were. */
export interface FuzzReport {
  readonly seed: number
  readonly cases: number
  readonly seconds: number
  readonly counts: Readonly<Record<string, number>>
}

/** Calls `tryCase` with the number of each case; it gives a word for the count, and throws when an invariant breaks. */
export async function run(
  options: FuzzOptions,
  tryCase: (number: number) => string | Promise<string>,
): Promise<FuzzReport> {
  const counts: Record<string, number> = {}
  const start = performance.now()
  const elapsed = () => (performance.now() - start) / 1000
  let cases = 0
  while (cases < (options.cases ?? Infinity) && elapsed() < (options.seconds ?? Infinity)) {
    const kind = await tryCase(cases)
    counts[kind] = (counts[kind] ?? 0) + 1
    cases++
  }
  return { seed: options.seed, cases, seconds: elapsed(), counts }
}

/** What went wrong with which bytes, so that the case can go to the corpus. */
export class Finding extends Error {
  override readonly name = 'Finding'
  constructor(problem: string, bytes: Uint8Array, cuts: readonly number[] = []) {
    super(`${problem}\nbytes: ${JSON.stringify(Buffer.from(bytes).toString('latin1'))}\ncuts: ${JSON.stringify(cuts)}`)
  }
}

/** Runs `fuzz` with `--seed=N --seconds=N` when `module` is the program; prints the report. */
export async function runAsProgram(
  module: ImportMeta,
  fuzz: (options: FuzzOptions) => Promise<FuzzReport>,
  mostMs?: number,
): Promise<void> {
  if (process.argv[1] !== module.filename) return
  const option = (name: string, otherwise: number) => {
    const argument = process.argv.find(text => text.startsWith(`--${name}=`))
    return argument === undefined ? otherwise : Number(argument.split('=')[1])
  }
  const seed = option('seed', Date.now() % 1_000_000)
  console.log(`seed ${seed}`)
  const report = await fuzz({ seed, seconds: option('seconds', 60), ...(mostMs === undefined ? {} : { mostMs }) })
  const counts = Object.entries(report.counts).sort(([, a], [, b]) => b - a)
  console.log(
    `${report.cases} cases in ${report.seconds.toFixed(1)} s: ${counts.map(([kind, count]) => `${count} ${kind}`).join(', ')}`,
  )
}
