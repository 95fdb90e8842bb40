// What a file's name says about its content, and which names stand for a file that was imported under another one.

const COMPILED = /\.(?:[cm]?ts|[jt]sx)$/
const DECLARATION = /\.d\.[cm]?ts$/

/** Extensions of an application's file, in the order in which a name without extension is completed. */
export const APP_EXTENSIONS: readonly string[] = ['.ts', '.mts', '.cts', '.tsx', '.js', '.mjs', '.cjs', '.jsx']

/** TypeScript writes the name of the output in its imports; these are the sources that it can come from. */
const SOURCES: Readonly<Record<string, readonly string[]>> = {
  '.js': ['.ts', '.tsx', '.jsx'],
  '.mjs': ['.mts'],
  '.cjs': ['.cts'],
  '.jsx': ['.tsx'],
}

/** Whether the file's text must be compiled before Node can run it. */
export function isCompiled(path: string): boolean {
  return COMPILED.test(path) && !DECLARATION.test(path)
}

/** Whether the file belongs to an installed package: it is not watched, and no tsconfig.json speaks for it. */
export function isInstalled(path: string): boolean {
  return path.includes('/node_modules/') || path.includes('\\node_modules\\')
}

/** The paths that an import of `path` may mean when there is no such file: source for output, completed name, index of a directory. */
export function standIns(path: string): string[] {
  const output = /\.[cm]?jsx?$/.exec(path)?.[0]
  const sources =
    output === undefined ? [] : (SOURCES[output] ?? []).map(source => path.slice(0, -output.length) + source)
  const completed = [...APP_EXTENSIONS, '.json'].map(extension => path + extension)
  const indexes = APP_EXTENSIONS.map(extension => `${path.replace(/[\\/]$/, '')}/index${extension}`)
  return [...sources, ...completed, ...indexes]
}
