/** Version of the package; a test compares it with package.json. A constant, because `--version` should read no file. */
export const VERSION = '0.1.0'
