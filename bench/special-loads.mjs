// Loads that wrk cannot make: each with a client of clients/, or in several steps.
import { setTimeout as pause } from 'node:timers/promises'
import { measure, warmUp } from './measure.mjs'
import { memory, runClient, startClient } from './processes.mjs'

const FIRST = { least: 3, most: 6 }

/** Bodies of so many bytes, one after the other on each of four connections. Whole ones only, so that nothing is guessed. */
export function upload(bytes) {
  return { bytes, run: ({ port }, seconds) => runClient('upload', { port, seconds, bytes, connections: 4 }) }
}

/** A connection with its TLS handshake for each request. wrk cannot resume, so both kinds have the same client. */
export function handshakes(resumes) {
  return { run: ({ port }, seconds) => runClient('handshakes', { port, seconds, resumes, connections: 8 }) }
}

/** A constant rate, whatever the server does. */
export function paced(args) {
  return { isPaced: true, run: ({ port }, seconds) => runClient('paced', { port, seconds: seconds + 1, ...args }) }
}

/** What a client waits for at half of the rate that this very server reaches. */
export function latencyAtHalf(load) {
  return {
    warmUp: running => warmUp(running, load, FIRST),
    measure: async (running, seconds) => {
      const { rate } = await measure(running, load, 1)
      return measure(running, paced({ rate: Math.round(rate / 2), connections: 32 }), 2 * seconds)
    },
  }
}

/** What `count` idle connections, each of which has had one answer, cost: memory, and CPU of the others beside them. */
export function withIdle(count, load) {
  const measureIdle = async (running, seconds) => {
    const bytesEach = await bytesOfIdle(running, count, () => warmUp(running, load, FIRST))
    const beside = []
    const alone = []
    for (let i = 0; i < 2; i++) {
      beside.push(await duringIdle(running, count, () => measure(running, load, seconds)))
      alone.push(await measure(running, load, seconds))
    }
    const sum = all => all.reduce((total, { cpu }) => total + cpu, 0)
    return { ...beside[1], bytesEach, besideIdle: sum(beside) / sum(alone) }
  }
  return { warmUp: () => {}, measure: measureIdle }
}

/** `count` clients of an event stream, which sends one event a second to each: CPU per event, and memory of each. */
export function withEvents(count, path) {
  const measureEvents = async (running, seconds) => {
    const before = memory(running.pid)
    const clients = await startClient('idle', { port: running.port, count, path })
    try {
      await pause(2000)
      const bytesEach = ((memory(running.pid) - before) * 1024 * 1024) / count
      const run = async () => {
        await pause(1000 * seconds)
        return { requests: count * seconds, seconds }
      }
      return { ...(await measure(running, { run, isPaced: true }, seconds)), bytesEach }
    } finally {
      await clients.stop()
    }
  }
  return { measure: measureEvents, isPaced: true }
}

/** On a server that is fresh: one that has been busy has memory to spare. Only what the first requests load is there before. */
async function bytesOfIdle(running, count, afterwards) {
  await duringIdle(running, 100, () => {})
  const before = memory(running.pid)
  return duringIdle(running, count, async () => {
    const bytes = ((memory(running.pid) - before) * 1024 * 1024) / count
    await afterwards()
    return bytes
  })
}

async function duringIdle({ port }, count, work) {
  const idle = await startClient('idle', { port, count })
  await pause(500)
  const result = await Promise.resolve(work()).finally(idle.stop)
  await pause(500)
  return result
}
