// What the command does instead of serving, and where its options come from.
export const COMMAND_OPTIONS = {
  config: {
    flag: 'config',
    short: 'c',
    group: 'Command',
    kind: 'file',
    value: 'FILE',
    summary: 'Read options from FILE',
    description: `By default starlight.config.ts, .mts, .js, .mjs or .json in the working directory, the first that exists.
      Its keys are the option names in camelCase; defineConfig gives them types. The command line and the STARLIGHT_
      variables beat it. Relative paths in it start at the working directory.`,
  },
  printConfig: {
    flag: 'print-config',
    group: 'Command',
    kind: 'choice',
    value: 'FORMAT',
    choices: ['text', 'json'],
    bare: 'text',
    commandLineOnly: true,
    summary: 'Show every option, its value and where it came from; exit',
    description: '--print-config=json gives the same to a program. Nothing is loaded and nothing opened.',
  },
  checkConfig: {
    flag: 'check-config',
    group: 'Command',
    kind: 'boolean',
    default: false,
    commandLineOnly: true,
    summary: 'Load configuration and application, open nothing; exit',
    description: `0 and one line when the server would start, otherwise the error and the exit code that the start would have.
      The code of the application runs, as far as loading it runs it. Addresses are not bound, so a busy port is
      not found.`,
  },
  completion: {
    flag: 'completion',
    group: 'Command',
    kind: 'choice',
    value: 'SHELL',
    choices: ['bash', 'zsh', 'fish'],
    commandLineOnly: true,
    summary: 'Print the completion script of a shell; exit',
    description: 'For bash: source <(starlight --completion=bash); for zsh: source <(starlight --completion=zsh)',
  },
  help: {
    flag: 'help',
    short: 'h',
    group: 'Command',
    kind: 'boolean',
    default: false,
    commandLineOnly: true,
    summary: 'Show this help; exit',
    description: 'man starlight and docs/options.md say more about each option.',
  },
  version: {
    flag: 'version',
    short: 'v',
    group: 'Command',
    kind: 'boolean',
    default: false,
    commandLineOnly: true,
    summary: 'Show the version; exit',
    description: 'Starlight/ and the version of the package.',
  },
} as const
