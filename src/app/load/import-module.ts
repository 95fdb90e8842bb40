// How a config file is imported: as the application is, so that TypeScript works on every Node line.
import { pathToFileURL } from 'node:url'
import type { ImportModule } from '../../config/sources/sources.ts'

let imports = 0

/** Imports the file as it is now, even if it was imported before: a reload reads the configuration again. */
export const importModule: ImportModule = async file => {
  const { isCompiled } = await import('./file-kinds.ts')
  if (isCompiled(file)) {
    const { installHooks } = await import('./hooks/hooks.ts')
    installHooks()
  }
  const again = imports++ === 0 ? '' : `?${imports}`
  try {
    return (await import(`${pathToFileURL(file).href}${again}`)) as Readonly<Record<string, unknown>>
  } catch (error) {
    const { locateError } = await import('./locate-error.ts')
    locateError(error, file)
    throw error
  }
}
