// Opens a file that has been found, and makes sure that it is this one: between the two, anybody who may write there can put another in
// its place, or a link.
import { constants, readlinkSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { platform } from '../../platform.ts'
import { isInside } from './find-file.ts'
import type { Representation } from './representation.ts'

// Neither waits for anybody, nor follows a link that has taken the file's place. Windows has neither flag.
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0)

/** Undefined: the file has changed or gone since it was found. Rejects where there are no descriptors left, and when the disk fails. */
export async function openFile(file: Representation): Promise<FileHandle | undefined> {
  const handle = await open(file.path, FLAGS).catch(unlessGone)
  if (handle === undefined) return undefined
  try {
    const isThis = file.isStill(await handle.stat())
    if (isThis && (file.root === undefined || isInside(pathOf(handle, file), file.root))) return handle
  } catch (cause) {
    await handle.close()
    throw cause
  }
  await handle.close()
  return undefined
}

/** Where the open file is, as Linux knows it, whatever has become of the names on the way to it. */
function pathOf(handle: FileHandle, file: Representation): string {
  if (!platform.procfs) return file.path
  try {
    return readlinkSync(`/proc/self/fd/${handle.fd}`)
  } catch {
    return file.path
  }
}

function unlessGone(cause: NodeJS.ErrnoException): undefined {
  if (cause.code !== 'ENOENT' && cause.code !== 'ENOTDIR' && cause.code !== 'ELOOP' && cause.code !== 'EACCES')
    throw cause
}

/** Whether `cause` says that there are too many open files. */
export function isOutOfDescriptors(cause: unknown): boolean {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  return code === 'EMFILE' || code === 'ENFILE'
}
