// Where the repository is: compiled tests run from build/ or from a folder outside, so its files are found by walking up.
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Absolute path of the repository; STARLIGHT_ROOT names it when the compiled tests lie elsewhere. */
export const ROOT: string = process.env['STARLIGHT_ROOT'] ?? nearestPackage(import.meta.dirname)

function nearestPackage(directory: string): string {
  const manifest = join(directory, 'package.json')
  if (existsSync(manifest) && readFileSync(manifest, 'utf8').includes('"name": "starlight-server"')) return directory
  const parent = dirname(directory)
  if (parent === directory)
    throw new Error(`Cannot find the repository: no package.json above "${import.meta.dirname}"`)
  return nearestPackage(parent)
}
