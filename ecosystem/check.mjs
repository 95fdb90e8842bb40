// One framework on both servers: what was asked, and what differed.
import { comparable, differences } from './compare.mjs'
import { probesOf } from './probes.mjs'
import { startOwn, startStarlight } from './servers.mjs'
import { request, Wire } from './wire.mjs'

/** Clients that ask during the reload, each on a connection that it keeps while it may. */
const CLIENTS = 4

/**
 * Resolves with `{ checks, faults }`: how many checks there were, and a text for each that failed. Rejects when a server does not start.
 */
export async function check(framework) {
  const probes = probesOf(framework)
  const faults = []
  const own = await startOwn({ ...framework, file: framework.ownFile ?? framework.file })
  const expected = await results(own, probes, framework)
  await own.stop()
  // A probe that its own server cannot pass shows nothing: it is a mistake of this suite.
  for (const [name, { error }] of expected) if (error !== undefined) faults.push(`${name}: on its own server: ${error}`)
  const here = await startStarlight({ ...framework, isExported: framework.ownFile !== undefined })
  try {
    for (const [name, { seen, error }] of await results(here, probes, framework)) {
      const before = expected.get(name)
      if (before.error !== undefined) continue
      if (error !== undefined) faults.push(`${name}: ${error}`)
      else faults.push(...differences(before.seen, seen).map(difference => `${name}: ${difference}`))
    }
    faults.push(...(await reloadUnderLoad(here, framework)))
  } catch (error) {
    here.kill()
    throw error
  }
  faults.push(...(await atTheEnd(here, framework)))
  return { checks: probes.length + 2, faults }
}

/** Name of the probe -> what it saw, or what went wrong. */
async function results(server, probes, framework) {
  const { status = 200 } = framework
  const found = new Map()
  for (const { name, run, refuses } of probes) {
    try {
      const seen = comparable(await run(server.port), framework)
      const [first] = [seen].flat()
      const isGood = refuses || first.status < 400 || first.status === status
      found.set(name, isGood ? { seen } : { seen, error: `status ${first.status}, ${first.body.slice(0, 200)}` })
    } catch (error) {
      found.set(name, { error: error.message })
    }
  }
  return found
}

/** All workers are replaced while clients ask: each request has its answer. */
async function reloadUnderLoad(server, { path = '/', fields = [], status = 200 }) {
  const faults = []
  let isOver = false
  let answers = 0
  const client = async () => {
    let wire = new Wire(server.port)
    while (!isOver) {
      wire.send(request(`GET ${path}`, { fields }))
      const answer = await wire.answer()
      answers += 1
      if (answer.status !== status) faults.push(`reload under load: status ${answer.status}`)
      if (!answer.fields.some(([name, value]) => name === 'connection' && /close/i.test(value))) continue
      wire.end()
      wire = new Wire(server.port)
    }
    wire.end()
  }
  const clients = Promise.all(Array.from({ length: CLIENTS }, client)).catch(error => {
    faults.push(`reload under load: ${error.message}`)
  })
  await server.reload()
  isOver = true
  await clients
  if (answers < CLIENTS) faults.push(`reload under load: ${answers} answers only`)
  return faults
}

async function atTheEnd(server, { atTheEnd: pattern }) {
  const code = await server.stop()
  const faults = code === 0 ? [] : [`the end: ${code} in place of exit code 0`]
  if (pattern !== undefined && !pattern.test(server.output))
    faults.push(`the end: the application does not say ${pattern}`)
  return faults
}
