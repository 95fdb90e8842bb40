// Commands that ask a running server: the one place where they are written down.

/** Usage and meaning of each, in the order of the help. */
export const CONTROL_COMMANDS = {
  status: ['status', 'how the server is'],
  ps: ['ps', 'all servers of this user, one line each'],
  top: ['top', 'how the server is, drawn again each second'],
  reload: ['reload', 'new code and configuration; returns when all workers are new'],
  upgrade: ['upgrade', 'a new master; returns when it serves'],
  reopen: ['reopen', 'opens the log files anew'],
  scale: ['scale N', 'N workers, or Perl children'],
  drain: ['drain PID', 'replaces one worker'],
  stack: ['stack', 'where each worker is in its code, and for which requests'],
  stop: ['stop', 'answers what is in work, ends the server, and waits for it'],
} as const

export type ControlName = keyof typeof CONTROL_COMMANDS

export const CONTROL_NAMES: readonly string[] = Object.keys(CONTROL_COMMANDS)

export function isControlCommand(name: string | undefined): name is ControlName {
  return name !== undefined && CONTROL_NAMES.includes(name)
}

/** Usage and meaning in two columns. */
export function controlLines(): string {
  return Object.values(CONTROL_COMMANDS)
    .map(([usage, meaning]) => `  ${usage.padEnd(11)} ${meaning}\n`)
    .join('')
}
