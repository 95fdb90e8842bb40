// A folder of a test's own, gone when the test is over.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Anything with node:test's `after`. */
export interface Cleanup {
  after(remove: () => void): void
}

/** Makes an empty folder and returns its path; it is removed with all that is in it when `t` ends. */
export function temporaryFolder(t: Cleanup, name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `starlight-${name}-`))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
