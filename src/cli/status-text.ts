// The status of a server for a terminal.
import type { Status } from '../supervisor/admin/status.ts'
import { COLUMNS, certificateWords, countsText, reloadWords } from '../supervisor/admin/status-page.ts'

export function statusText(status: Status): string {
  const { totals, ends } = status
  const answers = totals.classes.some(count => count > 0)
    ? `, answers ${totals.classes.map((count, i) => `${i + 1}xx ${count}`).join(', ')}`
    : ''
  return [
    `Starlight ${status.version}, Node ${status.node}, master ${status.pid}, ${status.phase}, up ${duration(status.uptimeSeconds)}`,
    `${status.app} on ${status.listeners.join(', ')}`,
    ...status.certificates.map(each => `certificate ${certificateWords(each)}`),
    `${status.serving}/${status.desired} workers ready, generation ${status.generation}, last reload ${reloadWords(status)}`,
    `${totals.requests} requests, ${totals.shed} turned away${answers}`,
    `refused: ${countsText(totals.refused)}`,
    `workers ended: ${countsText(ends)}`,
    '',
    ...table(status),
    '',
  ].join('\n')
}

/** One line of `starlight ps`. */
export function processLine({ pid, phase, app, listeners, serving, uptimeSeconds }: Status): string {
  return `${pid}  ${phase}  ${serving} workers  up ${duration(uptimeSeconds)}  ${app}  ${listeners.join(' ')}\n`
}

function table({ workers }: Status): string[] {
  const rows = [COLUMNS.map(([name]) => name), ...workers.map(worker => COLUMNS.map(([, text]) => text(worker)))]
  const widths = COLUMNS.map((_, i) => Math.max(...rows.map(row => row[i]?.length ?? 0)))
  return rows.map(row => row.map((text, i) => text.padStart(widths[i] ?? 0)).join('  '))
}

function duration(seconds: number): string {
  const [days, hours, minutes] = [86_400, 3600, 60].map(unit => Math.floor(seconds / unit))
  if (days) return `${days} d ${(hours ?? 0) % 24} h`
  return hours ? `${hours} h ${(minutes ?? 0) % 60} min` : minutes ? `${minutes} min ${seconds % 60} s` : `${seconds} s`
}
