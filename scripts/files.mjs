// What all scripts share: the repository's files, and its source without comments and strings.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Absolute path of the repository. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))

/** Files below a folder of the repository that end in `suffix`, as sorted paths with `/` from the root on. A missing folder has none. */
export function filesBelow(folder, suffix) {
  let entries
  try {
    entries = readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
  } catch (error) {
    if (error.code === 'ENOENT') return []
    throw error
  }
  // What is installed, and what the frameworks of ecosystem/ build.
  const others = /(?:^|[\\/])node_modules(?:[\\/]|$)|^ecosystem[\\/]built[\\/][^\\/]+[\\/](?:\.|dist|build)/
  const isOurs = entry => !others.test(relative(ROOT, entry.parentPath))
  const files = entries.filter(entry => entry.isFile() && entry.name.endsWith(suffix) && isOurs(entry))
  return files.map(entry => relative(ROOT, join(entry.parentPath, entry.name)).replaceAll(sep, '/')).sort()
}

export function textOf(path) {
  return readFileSync(join(ROOT, path), 'utf8')
}

/** A regular expression may start after these, a division after anything else. */
const BEFORE_REGEXP =
  /(?:^|[(,=:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|in|of|do|else|void|delete|throw|new|await|yield))\s*$/

/**
 * The source with comments (and, with `strings`, the inside of strings and regular expressions) replaced by spaces: words
 * that are left are code, and line and column of each stay as they were. Code inside `${}` stays code.
 */
export function codeOf(source, { strings = true } = {}) {
  const out = []
  const blank = text => text.replace(/[^\n]/g, ' ')
  const quoted = text => (strings ? text[0] + blank(text.slice(1, -1)) + text.at(-1) : text)
  const templates = [] // depth of braces at which a `${` was opened, innermost last
  let depth = 0
  let at = 0
  const template = () => {
    const text = /(?:\\[\s\S]|\$(?!\{)|[^\\`$])*(?:`|\$\{)/y
    text.lastIndex = at
    const found = text.exec(source)?.[0] ?? source.slice(at)
    out.push(strings ? blank(found.slice(0, -1)) + found.at(-1) : found)
    at += found.length
    if (found.endsWith('{')) templates.push(depth++)
  }
  while (at < source.length) {
    const rest = source.slice(at, at + 2)
    const take = (pattern, change) => {
      pattern.lastIndex = at
      const found = pattern.exec(source)?.[0]
      if (found === undefined) return false
      out.push(change(found))
      at += found.length
      return true
    }
    if (rest === '//' && take(/\/\/[^\n]*/y, blank)) continue
    if (rest === '/*' && take(/\/\*[\s\S]*?\*\//y, blank)) continue
    if (/['"]/.test(rest[0]) && take(/'(?:\\[\s\S]|[^'\\\n])*'|"(?:\\[\s\S]|[^"\\\n])*"/y, quoted)) continue
    if (rest[0] === '/' && BEFORE_REGEXP.test(out.slice(-40).join(''))) {
      if (take(/\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/\w*/y, text => (strings ? blank(text) : text))) continue
    }
    out.push(source[at])
    at++
    if (rest[0] === '`') template()
    if (rest[0] === '{') depth++
    if (rest[0] === '}') {
      depth--
      if (templates.at(-1) === depth) {
        templates.pop()
        template()
      }
    }
  }
  return out.join('')
}

/** Line number, from 1, of a position. */
export function lineAt(text, position) {
  let line = 1
  for (let i = text.indexOf('\n'); i >= 0 && i < position; i = text.indexOf('\n', i + 1)) line++
  return line
}

/** Ends a check: prints the offences, if there are any, and sets the exit code. */
export function report(what, offences) {
  if (offences.length === 0) return
  console.error(`${what}:\n${offences.map(offence => `  ${offence}`).join('\n')}`)
  process.exitCode = 1
}
