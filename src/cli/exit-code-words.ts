// The exit codes in words, for the manual and docs/exit-codes.md. The type makes a code without words a compile error.
import type { EXIT } from '../config/exit-codes.ts'

export interface ExitCodeWords {
  readonly when: string
  readonly remedy: string
}

export const EXIT_CODE_WORDS: { readonly [Name in keyof typeof EXIT]: ExitCodeWords } = {
  ok: {
    when: 'The server ended as it was told to, went to the background, or the command printed what it was asked for.',
    remedy: 'Nothing.',
  },
  failure: {
    when: 'An error that no other row names, of Starlight itself or of the system.',
    remedy: 'Read the message; with a stack it is worth a bug report.',
  },
  usage: {
    when: 'Unknown option, bad value, options that exclude each other, or a file that an option names is missing or unreadable. Nothing was started.',
    remedy:
      'Fix the command line, the variable or the config file that the message names. Starting again does not help.',
  },
  bind: {
    when: 'An address cannot be bound: in use, no permission, or not an address of this machine.',
    remedy: 'Find the other server, or choose another address.',
  },
  appLoad: {
    when: 'The application was not found, threw while it was loaded, or exports nothing that can be served.',
    remedy: "Read the application's own error above.",
  },
  boot: {
    when: 'Workers died before they were ready, again and again, or were not ready within --boot-timeout.',
    remedy: 'Read what they wrote; try --workers=0.',
  },
  alreadyRunning: {
    when: 'The owner of the file that --pid names is alive.',
    remedy: 'Stop it, or give this server a file of its own.',
  },
  privileges: {
    when: 'The user or group of --user and --group does not exist, or this process may not switch to it.',
    remedy: 'Start as root, or leave the option out.',
  },
  fetchStatus: {
    when: '`starlight fetch` got an answer whose status is not 2xx.',
    remedy: 'Look at it with -i.',
  },
}
