// One measurement: a server on one core, a load generator on the other.
import { cpuSeconds, endedClientsSeconds, memory } from './processes.mjs'

/** A server's rate says how fast it is only when it has no time left. */
const BUSY = 0.9
/** CPU per request that is no longer this much below the best so far: the compiler is done. */
const SETTLED = 0.95

/** Slices of a second until the CPU per request stops falling: V8 optimizes what it has seen for several seconds. */
export async function warmUp(running, load, { least, most }) {
  if (load.measure !== undefined) return load.warmUp?.(running)
  let best = Number.POSITIVE_INFINITY
  for (let second = 1; second <= most; second++) {
    const { cpu } = await measure(running, load, 1)
    const isSettled = cpu > SETTLED * best
    best = Math.min(best, cpu)
    if (isSettled && second >= least) return
  }
}

/** Figures of one load on a running server: CPU in microseconds per request, of it and its children. */
export async function measure(running, load, seconds) {
  if (load.measure !== undefined) return load.measure(running, seconds)
  const before = { server: cpuSeconds(running.pid), load: endedClientsSeconds() }
  const told = await load.run(running, seconds)
  const spent = cpuSeconds(running.pid) - before.server
  const serverCore = spent / told.seconds
  const loadCore = (endedClientsSeconds() - before.load) / told.seconds
  const figures = {
    ...told,
    cpu: (spent / told.requests) * 1e6,
    rate: told.requests / told.seconds,
    memory: memory(running.pid),
    serverCore,
    loadCore,
    bound: load.isPaced !== true && serverCore < BUSY && loadCore > serverCore ? (load.by ?? 'client') : undefined,
  }
  return load.bytes === undefined ? figures : { ...figures, moved: (load.bytes * told.requests) / spent / 1e6 }
}
