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
  return {
    warmUp: running => warmUp(running, load, FIRST),
    measure: async (running, seconds) => {
      const alone = [await measure(running, load, seconds)]
      const before = memory(running.pid)
      const idle = await startClient('idle', { port: running.port, count })
      await pause(1000)
      const bytesEach = ((memory(running.pid) - before) * 1024 * 1024) / count
      const beside = await measure(running, load, seconds).finally(idle.stop)
      await pause(1000)
      alone.push(await measure(running, load, seconds))
      return { ...beside, bytesEach, besideIdle: (2 * beside.cpu) / (alone[0].cpu + alone[1].cpu) }
    },
  }
}
