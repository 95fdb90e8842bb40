// The option table: the one place where an option is written down.
import type { OptionTable } from './option.ts'
import { APPLICATION_OPTIONS } from './options/application.ts'
import { COMMAND_OPTIONS } from './options/command.ts'
import { DEVELOPMENT_OPTIONS } from './options/development.ts'
import { FILE_OPTIONS } from './options/files.ts'
import { LIMIT_OPTIONS } from './options/limits.ts'
import { LISTENING_OPTIONS } from './options/listening.ts'
import { LOG_OPTIONS } from './options/logs.ts'
import { PERL_OPTIONS } from './options/perl.ts'
import { PROCESS_OPTIONS } from './options/process.ts'
import { TIMEOUT_OPTIONS } from './options/timeouts.ts'
import { TLS_OPTIONS } from './options/tls.ts'
import { WORKER_OPTIONS } from './options/workers.ts'

type Options = typeof APPLICATION_OPTIONS &
  typeof LISTENING_OPTIONS &
  typeof TLS_OPTIONS &
  typeof FILE_OPTIONS &
  typeof WORKER_OPTIONS &
  typeof PERL_OPTIONS &
  typeof TIMEOUT_OPTIONS &
  typeof LIMIT_OPTIONS &
  typeof PROCESS_OPTIONS &
  typeof LOG_OPTIONS &
  typeof DEVELOPMENT_OPTIONS &
  typeof COMMAND_OPTIONS

/** Every option by its key, in the order of the help. */
export const OPTIONS: Options = {
  ...APPLICATION_OPTIONS,
  ...LISTENING_OPTIONS,
  ...TLS_OPTIONS,
  ...FILE_OPTIONS,
  ...WORKER_OPTIONS,
  ...PERL_OPTIONS,
  ...TIMEOUT_OPTIONS,
  ...LIMIT_OPTIONS,
  ...PROCESS_OPTIONS,
  ...LOG_OPTIONS,
  ...DEVELOPMENT_OPTIONS,
  ...COMMAND_OPTIONS,
}

export type OptionKey = keyof Options

/** The same table for those who walk it. */
export const ROWS: OptionTable = OPTIONS
