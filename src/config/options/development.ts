// For the programmer at the keyboard.
export const DEVELOPMENT_OPTIONS = {
  reload: {
    flag: 'reload',
    short: 'r',
    aliases: ['watch'],
    group: 'Development',
    kind: 'boolean',
    default: false,
    summary: 'Start new workers when a file changes',
    description: `Watches the directory of the application and its lib. New workers load the new code and replace the old ones;
      a broken application shows its error in the browser until it is fixed. Not for production: a half-copied
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
  inspect: {
    flag: 'inspect',
    group: 'Development',
    kind: 'text',
    value: 'ADDRESS',
    bare: '127.0.0.1:9229',
    summary: 'Open the inspector of each worker: [HOST:]PORT',
    description: `For debuggers and profilers (chrome://inspect, VS Code). The first worker that is started listens on PORT + 1, the
      next on PORT + 2, as node:cluster counts; with port 0 the system chooses. Each worker says its address on standard
      error. Anyone who reaches the port can run code in the worker: the default HOST is 127.0.0.1; avoid any other.
      Not for Perl applications, threads or --workers=0, where \`node --inspect\` does it.`,
  },
  inspectWorker: {
    flag: 'inspect-worker',
    group: 'Development',
    kind: 'count',
    value: 'N',
    default: 0,
    summary: 'Inspect only the Nth worker; 0 for all',
    description: 'With --inspect only. The others serve on while the Nth stands at a breakpoint.',
  },
} as const
