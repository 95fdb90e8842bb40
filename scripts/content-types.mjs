// src/server/files/content-type-table.ts, made from mime-db, which knows the registry of IANA and those of Apache and nginx.
import { createRequire } from 'node:module'

const db = createRequire(import.meta.url)('mime-db')

/** Of what vendors and experiments have registered, the types that files of web sites have. */
const OF_VENDORS =
  /openxmlformats|oasis|ms-|apple|android|microsoft|debian|x-(?:tar|7z|rar|bzip|xz|matroska|flac|msvideo|sh|font)/

/** The source of the table: a line for each type, with its extensions. */
export function contentTypeTable() {
  const types = new Map()
  for (const [extension, type] of extensionsOf(db)) {
    if (!types.has(type)) types.set(type, [])
    types.get(type).push(extension)
  }
  const lines = [...types].map(([type, extensions]) => `${type} ${extensions.join(' ')}`).sort()
  return `// Made from mime-db (MIT) by scripts/generate.mjs. The file is long because there are many types.

/** A type on each line, and the extensions of its files. */
export const CONTENT_TYPES: string = \`
${lines.join('\n')}
\`
`
}

/** Each extension once, with the type that is the most official, as mime-types judges it. */
function extensionsOf(types) {
  const best = new Map()
  for (const [type, { extensions = [], source, compressible }] of Object.entries(types)) {
    if (/\/(?:vnd\.|prs\.|x-)/.test(type) && compressible === undefined && !OF_VENDORS.test(type)) continue
    const score = scoreOf(type, source)
    for (const extension of extensions)
      if (score > (best.get(extension)?.score ?? -1)) best.set(extension, { type, score })
  }
  return [...best].map(([extension, { type }]) => [extension, type])
}

function scoreOf(type, source) {
  const [main, sub] = type.split('/')
  const facet = /^(?:prs|vnd|x)[.-]/.exec(sub)?.[0]
  const ofFacet = { 'prs.': 100, 'x-': 200, 'x.': 300, 'vnd.': 400 }[facet] ?? 900
  const ofSource = { nginx: 10, apache: 20, iana: 40 }[source] ?? 30
  const ofMain = { application: 1, font: 2, audio: 2, video: 3 }[main] ?? 0
  return type === 'application/octet-stream' ? 0 : ofFacet + ofSource + ofMain + 1 - type.length / 100
}
