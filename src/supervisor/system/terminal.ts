// SIGHUP has two senders: an operator who wants a reload, and a terminal that goes away (termios(3), "hang up"). Node does not
// tell which (siginfo has it), so it is read from what a terminal leaves behind: after a hang-up isatty(3) fails with EIO.
import { isatty } from 'node:tty'

const STANDARD_FDS = [0, 1, 2]
const LOOK_MS = 1000
/** A shell that has lost its terminal passes the HUP on to its jobs at once; a loaded machine takes its time. */
const FRESH_MS = 5000

export interface Terminal {
  /** Whether a SIGHUP that comes now is the end of the terminal and not an operator's request. */
  hangsUp(): boolean
  /** Ends the watch. */
  forget(): void
}

/**
 * Watches the terminal that standard input, output or error are on. Programs without one (daemons, nohup(1), services) never see
 * a hang-up. Those that outlive theirs (disown, setsid(1)) get no SIGHUP when it goes: once that has been seen, HUP is an operator's.
 */
export function watchTerminal(
  isTerminal: (fd: number) => boolean = isatty,
  now: () => number = () => performance.now(),
): Terminal {
  const fds = STANDARD_FDS.filter(isTerminal)
  if (fds.length === 0) return { hangsUp: () => false, forget: () => undefined }
  let goneAt = Infinity
  const look = (): boolean => {
    if (goneAt === Infinity && !fds.some(isTerminal)) {
      goneAt = now()
      clearInterval(timer)
    }
    return goneAt < Infinity
  }
  const timer = setInterval(look, LOOK_MS).unref()
  return { hangsUp: () => look() && now() - goneAt <= FRESH_MS, forget: () => clearInterval(timer) }
}
