import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Path of a file of this package that is not JavaScript. It lies in a folder above this code, wherever that was built to. */
export function packageFile(path: string): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, path))) {
    const above = dirname(folder)
    if (above === folder) throw new Error(`Cannot find "${path}": this installation of Starlight is not complete`)
    folder = above
  }
  return join(folder, path)
}
