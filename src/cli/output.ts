// What the command says: results on standard output, everything else on standard error.

import { ConfigError } from '../config/errors.ts'
import { EXIT } from '../config/exit-codes.ts'
import { stackOf } from '../config/thrown.ts'

/** Resolves when the text has left the process, so that the exit that follows cuts nothing off. */
export function print(text: string | Uint8Array): Promise<void> {
  return leave(process.stdout, text)
}

/** `starlight: ...` on standard error. */
export function say(sentence: string): Promise<void> {
  return leave(process.stderr, `starlight: ${sentence}\n`)
}

/** Tells the operator what went wrong and gives the exit code: one sentence, with the application's own error below where it has one. */
export async function reportError(error: unknown): Promise<number> {
  if (error instanceof ConfigError) {
    const isOfApp = error.exitCode === EXIT.appLoad && error.cause !== undefined
    await say(isOfApp ? `${error.message}\n${stackOf(error.cause)}` : error.message)
    return error.exitCode
  }
  await say(`Cannot go on: ${stackOf(error)}`)
  return EXIT.failure
}

function leave(stream: NodeJS.WriteStream, text: string | Uint8Array): Promise<void> {
  return new Promise(resolve => {
    const done = (): void => {
      stream.off('error', done)
      resolve()
    }
    // EPIPE: the reader (head, less) has seen enough.
    stream.once('error', done)
    stream.write(text, done)
  })
}
