// The access log of one process: a formatter and where its lines go.
import type { Config } from '../../config/config.ts'
import { accessLogFormatter } from '../../log/access-log.ts'
import type { AccessRecord } from '../../log/access-record.ts'
import { LogFile } from '../../log/file.ts'
import type { Log } from '../../log/log.ts'
import { hasAccessFile } from '../system/log-files.ts'

export interface AccessLogWriter {
  readonly record: (request: AccessRecord) => void
  reopen(): void
  close(): void
}

const STDOUT = 1
const STDERR = 2

/**
 * Undefined when nothing is to be recorded. `fd`: the opened file of `--access-log`. The development environment records to
 * standard error unless a file is named, as plackup does.
 */
export function accessLogWriterOf(config: Config, fd: number | undefined, log: Log): AccessLogWriter | undefined {
  const target = targetOf(config, fd)
  if (target === undefined) return undefined
  const file = new LogFile(target.fd, target.path, { complain: message => log.warn(message) })
  const format = accessLogFormatter(config.accessLogFormat)
  return {
    record: excluding(config.accessLogExclude, request => file.writeLine(format(request))),
    reopen: () => file.reopen(),
    close: () => file.close(),
  }
}

/** Undefined without --access-log-exclude, which then costs nothing. */
function excluding(paths: readonly string[], record: AccessLogWriter['record']): AccessLogWriter['record'] {
  if (paths.length === 0) return record
  const excluded = new Set(paths)
  return request => {
    const { path } = request.head
    const query = path.indexOf('?')
    const isExcluded = request.refusal === undefined && excluded.has(query < 0 ? path : path.slice(0, query))
    if (!isExcluded) record(request)
  }
}

function targetOf(config: Config, fd: number | undefined): { fd: number; path?: string } | undefined {
  if (hasAccessFile(config)) return fd === undefined ? undefined : { fd, path: config.accessLog }
  if (config.accessLog === '-') return { fd: STDOUT }
  return config.env === 'development' && config.defaultMiddleware ? { fd: STDERR } : undefined
}
