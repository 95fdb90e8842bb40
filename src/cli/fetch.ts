// starlight fetch: one request to the application, no socket.
import { EXIT } from '../config/exit-codes.ts'

export async function fetchCommand(_argv: readonly string[]): Promise<number> {
  return EXIT.failure
}
