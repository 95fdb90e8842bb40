// What the three tools report to, on loopback; and where the requests of an application wait for each other.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { promisify } from 'node:util'
import { gunzip, inflate } from 'node:zlib'
import { decode } from './msgpack.mjs'

/**
 * `take(tool, kind, content)` is called with each report. `tls`: key and certificate for New Relic's agent, which knows no other way.
 * `users`: how many requests meet.
 */
export async function startCollector(take, tls, users) {
  const meeting = new Meeting(users)
  const listener = async (request, response) => {
    const url = new URL(request.url, 'http://collector')
    if (url.pathname.startsWith('/meeting/')) {
      take('meeting', url.pathname, { user: url.searchParams.get('user'), headers: request.headers })
      await meeting.complete(url.pathname)
      // A connection for each: tools take what comes on a kept one for what began it.
      response.setHeader('Connection', 'close')
      response.end('go')
      return
    }
    const bytes = []
    for await (const piece of request) bytes.push(piece)
    const body = await unpacked(Buffer.concat(bytes), request.headers['content-encoding'])
    response.setHeader('Content-Type', 'application/json')
    response.end(JSON.stringify(taken(url, body, take, request.socket.localPort)))
  }
  const plain = createServer(listener).listen(0, '127.0.0.1')
  const encrypted = createTlsServer(tls, listener).listen(0, '127.0.0.1')
  await Promise.all([once(plain, 'listening'), once(encrypted, 'listening')])
  return {
    port: plain.address().port,
    tlsPort: encrypted.address().port,
    close() {
      for (const server of [plain, encrypted]) {
        server.close()
        server.closeAllConnections()
      }
    },
  }
}

/** Lets those who wait under one name go when all are there. */
class Meeting {
  #users
  #waiting = new Map()

  constructor(users) {
    this.#users = users
  }

  complete(name) {
    const waiting = this.#waiting.get(name) ?? []
    this.#waiting.set(name, waiting)
    return new Promise(resolve => {
      waiting.push(resolve)
      if (waiting.length === this.#users) for (const go of waiting.splice(0)) go()
    })
  }
}

/** The answer. */
function taken(url, body, take, port) {
  if (url.pathname === '/agent_listener/invoke_raw_method') {
    const method = url.searchParams.get('method')
    take('newrelic', method, JSON.parse(body.toString() || 'null'))
    if (method === 'preconnect') return { return_value: { redirect_host: `127.0.0.1:${port}` } }
    return { return_value: method === 'connect' ? NEW_RELIC_RUN : null }
  }
  if (url.pathname.endsWith('/envelope/')) {
    const lines = body.toString().split('\n').filter(Boolean)
    take(
      'sentry',
      'envelope',
      lines.map(line => JSON.parse(line)),
    )
    return {}
  }
  if (url.pathname === '/v0.4/traces') take('dd-trace', 'traces', decode(body))
  if (url.pathname === '/info') return { endpoints: ['/v0.4/traces'] }
  return { rate_by_service: {} }
}

const NEW_RELIC_RUN = {
  agent_run_id: 'run',
  account_id: '1',
  primary_application_id: '2',
  trusted_account_key: '1',
  entity_guid: 'guid',
  sampling_target: 100,
  data_report_period: 1,
  event_harvest_config: {
    report_period_ms: 1000,
    harvest_limits: {
      analytic_event_data: 100,
      error_event_data: 100,
      span_event_data: 100,
      custom_event_data: 10,
      log_event_data: 10,
    },
  },
  span_event_harvest_config: { report_period_ms: 1000, harvest_limit: 100 },
  collect_errors: true,
  collect_error_events: true,
  collect_analytics_events: true,
  collect_span_events: true,
  collect_traces: true,
}

async function unpacked(bytes, encoding) {
  if (encoding === 'gzip') return await promisify(gunzip)(bytes)
  return encoding === 'deflate' ? await promisify(inflate)(bytes) : bytes
}
