// Folders of a test file's own.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folders: string[] = []
process.on('exit', () => {
  // A worker whose master was just killed may still write, and what a file leaves behind fails no test.
  for (const folder of folders) {
    try {
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    } catch {}
  }
})

/** Makes an empty folder and returns its path; it goes with all that is in it when the process of the test file ends, after its servers. */
export function temporaryFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `starlight-${name}-`))
  folders.push(folder)
  return folder
}
