/** Exit codes of the `starlight` command. Permanent: scripts and unit files rely on them. */
export const EXIT = {
  ok: 0,
  /** An error of our own, or one that no other row names. */
  failure: 1,
  /** Bad option, bad value, options that exclude each other, missing or unreadable file that an option names. */
  usage: 2,
  /** Cannot bind: address in use, no permission, no such address. */
  bind: 3,
  /** The application could not be loaded. */
  appLoad: 4,
  /** Workers died before they were ready, or were not ready in time. */
  boot: 5,
  /** Another server owns the pid file. */
  alreadyRunning: 6,
  /** Cannot switch to the user or group. */
  privileges: 7,
  /** `starlight fetch` got an answer that is not 2xx. */
  fetchStatus: 22,
} as const
