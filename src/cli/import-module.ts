// How a config file is imported: as the application is, so that TypeScript works on every Node line.
import { pathToFileURL } from 'node:url'
import type { ImportModule } from '../config/sources.ts'

export const importModule: ImportModule = async file => {
  const { isCompiled } = await import('../app/load/file-kinds.ts')
  if (isCompiled(file)) {
    const { installHooks } = await import('../app/load/hooks.ts')
    installHooks()
  }
  return (await import(pathToFileURL(file).href)) as Readonly<Record<string, unknown>>
}
