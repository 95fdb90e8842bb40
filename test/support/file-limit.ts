// A test file that hangs ends here, whatever it waits for, and says so: `--test-timeout` of Node 24 ends tests, not files, and
// that of Node 20 takes the results of the file along.

/** The slowest file takes three minutes on two cores. The test that can be told to run for longer has so much more. */
const LIMIT_MS = 600_000 + 2000 * Number(process.env['STARLIGHT_ZERO_LOSS_SECONDS'] ?? 0)

/** Ends the process with 1 after the limit, unless it has ended; `describe` tells what is still there. */
export function limitFile(describe: () => string): void {
  setTimeout(() => {
    process.stderr.write(`Cannot go on: this file has not ended within ${LIMIT_MS} ms; ${describe()}\n`)
    process.exit(1)
  }, LIMIT_MS).unref()
}
