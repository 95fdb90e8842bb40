import { fileURLToPath } from 'node:url'

/** Path of a program of this folder: .ts when run from source by a Node that strips types, .js otherwise. */
export function besides(name: string): string {
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js'
  return fileURLToPath(new URL(`./${name}${extension}`, import.meta.url))
}
