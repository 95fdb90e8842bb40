// For the programmer at the keyboard.
export const DEVELOPMENT_OPTIONS = {
  reload: {
    flag: 'reload',
    short: 'r',
    group: 'Development',
    kind: 'boolean',
    default: false,
    summary: 'Start new workers when a file changes',
    description: `Watches the directory of the application and its lib. New workers load the new code and replace the old ones;
      a broken application shows its error in the browser until it is mended. Not for production: a half-copied
      release is a change, too.`,
  },
  reloadPaths: {
    flag: 'reload-paths',
    short: 'R',
    aliases: ['Reload'],
    group: 'Development',
    kind: 'file',
    value: 'PATHS',
    repeatable: true,
    separator: ',',
    default: [],
    summary: 'Like --reload, and watch these as well: A,B',
    description: 'Files and directories, separated by commas, in addition to those of --reload, which it switches on.',
  },
} as const
