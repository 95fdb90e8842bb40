// The status page for a browser: no script, it loads itself again.
import type { CertificateStatus, Status, WorkerStatus } from './status.ts'

const STYLE = `body{font:14px/1.5 system-ui,sans-serif;margin:2em auto;max-width:60em;color:#223;padding:0 1em}
h1{font-size:1.3em}table{border-collapse:collapse;width:100%}th,td{text-align:right;padding:.25em .6em;border-bottom:1px solid #dde}
th:first-child,td:first-child{text-align:left}dl{display:grid;grid-template-columns:auto 1fr;gap:.1em 1em}dt{color:#667}dd{margin:0}
.bad{color:#b00}@media(prefers-color-scheme:dark){body{background:#16181d;color:#dde}th,td{border-color:#334}}`

export function statusPage(status: Status): string {
  const { totals } = status
  const facts: readonly (readonly [string, string])[] = [
    ['application', status.app],
    ['listens on', status.listeners.join(', ')],
    ['workers', `${status.serving}/${status.desired} ready, generation ${status.generation}`],
    ...status.certificates.map(each => ['certificate', certificateWords(each)] as const),
    ['last reload', reloadWords(status)],
    ['requests', `${totals.requests}, of which ${totals.shed} were turned away`],
    ['refused', countsText(totals.refused)],
    ['responses', totals.classes.map((count, i) => `${i + 1}xx ${count}`).join(', ')],
    ['ended workers', countsText(status.ends)],
    ['versions', `Starlight ${status.version}, Node ${status.node}`],
  ]
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="2"><title>Starlight ${status.pid}</title>
<style>${STYLE}</style></head><body><h1>Starlight, master ${status.pid}, ${status.phase}</h1>
<dl>${facts.map(([name, value]) => `<dt>${name}</dt><dd>${escaped(value)}</dd>`).join('')}</dl>
<table><tr>${COLUMNS.map(([name]) => `<th>${name}</th>`).join('')}</tr>
${status.workers.map(row).join('\n')}</table></body></html>
`
}

/** `timeout 2, bad-host 1`. */
export function countsText(counts: Readonly<Record<string, number>>): string {
  const texts = Object.entries(counts).map(([name, count]) => `${name} ${count}`)
  return texts.join(', ') || 'none'
}

/** The columns of a table of workers, here and in the terminal. */
export const COLUMNS: readonly (readonly [name: string, text: (worker: WorkerStatus) => string])[] = [
  ['pid', ({ pid }) => String(pid ?? '-')],
  ['state', ({ state, retiring }) => (retiring === null ? state : `${state} (${retiring})`)],
  ['gen', ({ generation }) => String(generation)],
  ['age', ({ ageSeconds }) => `${ageSeconds} s`],
  ['requests', ({ requests }) => String(requests)],
  ['conns', ({ connections }) => String(connections)],
  ['in work', ({ inFlight }) => String(inFlight)],
  ['busy', ({ utilization }) => `${Math.round(utilization * 100)} %`],
  ['delay', ({ loopDelayMs }) => `${loopDelayMs.toFixed(1)} ms`],
  ['memory', ({ memory }) => `${(memory / 1048576).toFixed(0)} MB`],
]

/** `example.org www.example.org until 2026-12-31T23:59:59.000Z (/etc/ssl/site.pem)`. */
export function certificateWords({ file, names, notAfter }: CertificateStatus): string {
  return `${names.join(' ') || 'without a name'} until ${notAfter} (${file})`
}

export function reloadWords({ reload }: Status): string {
  if (reload === null) return 'none'
  const when = new Date(reload.at).toISOString()
  return `${reload.outcome} (${when})${reload.reason === undefined ? '' : `: ${reload.reason}`}`
}

function row(worker: WorkerStatus): string {
  return `<tr>${COLUMNS.map(([, text]) => `<td>${escaped(text(worker))}</td>`).join('')}</tr>`
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, character => `&#${character.charCodeAt(0)};`)
}
