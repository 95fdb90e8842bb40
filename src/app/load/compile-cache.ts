import * as nodeModule from 'node:module'
import { join } from 'node:path'
import { privateDirectory } from './private-directory.ts'

/**
 * Keeps V8's compiled code of the application on disk, for the next worker and the next start (Node 22.8 on; before it does
 * nothing). To be called before the application is loaded. Not in Node's default place, which any user of /tmp can prepare.
 */
export function enableCompileCache(): void {
  const directory = privateDirectory('starlight-cache')
  if (directory !== undefined) nodeModule.enableCompileCache?.(join(directory, 'v8'))
}

/** Writes what was compiled so far, so that workers that start later find it; otherwise it is written at exit. */
export function flushCompileCache(): void {
  nodeModule.flushCompileCache?.()
}
