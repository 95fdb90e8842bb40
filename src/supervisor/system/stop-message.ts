// What the log says when a server begins to stop, whether it has workers or is one process.

export function drainDelayMessage(seconds: number): string {
  return `Stopping in ${seconds} s: until then all requests are served; a second signal skips the wait`
}
