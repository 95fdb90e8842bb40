// The page that a developer sees instead of "Internal Server Error": the error, its stack, and the lines around the
// place in the application that threw. Shown in `development` only, since it tells what no stranger should know.
import { causeOf, stackOf, titleOf } from '../../config/thrown.ts'
import type { RequestHead } from '../../http1/request/request-head.ts'
import type { Excerpt } from './source-excerpt.ts'
import { sourceExcerpt } from './source-excerpt.ts'

export interface ErrorPage {
  readonly type: string
  readonly body: string
}

/** HTML for a client whose Accept names html, else text. Everything from outside is escaped. */
export function errorPage(cause: unknown, head: RequestHead): ErrorPage {
  const chain = causes(cause)
  if (!/html/.test(head.get('accept') ?? '')) return { type: 'text/plain; charset=utf-8', body: textPage(chain) }
  const title = escapeHtml(withOrigin(cause, titleOf))
  const request = escapeHtml(`${head.method} ${head.target}`)
  const body = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${title}</title><style>${STYLE}</style></head>
<body><h1>${title}</h1><p class="request">${request}</p>
${chain.map(htmlOfCause).join('\n')}
<p class="note">This page is shown because the environment is "development".</p></body></html>
`
  return { type: 'text/html; charset=utf-8', body }
}

/** The error and what caused it, outermost first; bounded, since `cause` may be circular. */
function causes(cause: unknown): unknown[] {
  const chain = [cause]
  for (let inner = causeOf(cause); inner !== undefined && chain.length < 8; inner = causeOf(inner)) {
    if (chain.includes(inner)) break
    chain.push(inner)
  }
  return chain
}

function textPage(chain: readonly unknown[]): string {
  return `${chain.map(textOf).join('\n\nCaused by: ')}\n`
}

function htmlOfCause(cause: unknown, index: number): string {
  const heading = index === 0 ? '' : '<h2>Caused by</h2>'
  const excerpt = sourceExcerpt(textOf(cause))
  return `${heading}${excerpt === undefined ? '' : htmlOfExcerpt(excerpt)}<pre>${escapeHtml(textOf(cause))}</pre>`
}

function htmlOfExcerpt(excerpt: Excerpt): string {
  const lines = excerpt.lines.map(({ number, text }) => {
    const line = `${String(number).padStart(5)}  ${escapeHtml(text)}`
    return number === excerpt.line ? `<b>${line}</b>` : line
  })
  return `<p class="place">${escapeHtml(excerpt.file)}:${excerpt.line}</p><pre class="source">${lines.join('\n')}</pre>`
}

function textOf(cause: unknown): string {
  return withOrigin(cause, stackOf)
}

/** What is no Error looks like text of the page. */
function withOrigin(cause: unknown, text: (cause: unknown) => string): string {
  return cause instanceof Error ? text(cause) : `Thrown: ${text(cause)}`
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => ENTITIES[character] ?? '')
}

const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;margin:2em auto;max-width:70em;padding:0 1em}' +
  'h1{font-size:1.4em;overflow-wrap:anywhere}pre{background:#f4f4f4;color:#222;padding:1em;overflow:auto}' +
  '.source b{background:#ffd8d8;display:inline-block;min-width:100%}.request,.place{font-family:monospace}.note{color:#777}'
