// The three tools: how each is loaded (`file`; for an ES module by NODE_OPTIONS, `modules`, or by -M, `asOptions`), and what it reports, as
// lines of text that are the same wherever the same was seen. Times, ids and ports are left out; a span names its parent. `complete`: how
// many lines of each kind (their first word) an application gives; a tool sends the kinds apart, and each worker's at its own time.
import { certificate } from './observe.mjs'

/** Of the machine, of the moment and of the file. */
const VOLATILE =
  /^(?:app|device|culture|os|process)\.|^(?:runtime-id|process_id|_dd\.tags\.process|error\.stack|_dd\.(?:agent_psr|top_level))$|^sentry\.segment\.id$|^(?:nr_exclusive_duration_millis|spanId)$|\.port$|^tcp\.local|^code\.(?:filepath|lineno|column)$|^_dd\.code_origin\.frames\./
/** A pool of connections makes them for whoever comes first. */
const OF_CONNECTIONS = /^(?:dns\.lookup|tcp\.connect)$/

const sentry = {
  name: 'Sentry',
  package: '@sentry/node',
  file: 'sentry.cjs',
  modules: ['--import=./sentry.mjs'],
  asOptions: ['./sentry.mjs'],
  env: ({ port }) => ({ SENTRY_DSN: `http://key@127.0.0.1:${port}/1` }),
  complete: { 'express.cjs': { event: 8, span: 24 }, 'plain.cjs': { event: 8, span: 16 } },
  lines(reports) {
    const { events, spans } = sentryParts(reports)
    const named = namesOf(spans, 'span_id')
    return [
      ...events.map(({ exception, user, contexts, transaction, level, request, breadcrumbs = [] }) =>
        line('event', {
          error: exception.values.map(({ value }) => value),
          user,
          level,
          transaction,
          request,
          trace: contexts.trace.trace_id,
          span: named(contexts.trace.span_id),
          parent: named(contexts.trace.parent_span_id),
          breadcrumbs: breadcrumbs.map(({ category, data }) => [category, data]),
        }),
      ),
      ...spans.map(({ name, trace_id, parent_span_id, status, attributes, is_segment }) =>
        line('span', { name, is_segment, status, trace: trace_id, parent: named(parent_span_id), attributes }),
      ),
    ]
  },
}

function sentryParts(reports) {
  const envelopes = reports.filter(({ from }) => from === 'sentry').map(({ content }) => content)
  const of = type => envelopes.filter(([, item]) => item?.type === type).map(([, , content]) => content)
  return { events: of('event'), spans: of('span').flatMap(({ items }) => items) }
}

const ddTrace = {
  name: 'dd-trace',
  package: 'dd-trace',
  file: 'dd-trace.cjs',
  modules: ['--import=dd-trace/initialize.mjs'],
  asOptions: ['dd-trace/initialize.mjs'],
  env: ({ port }) => ({
    DD_TRACE_AGENT_URL: `http://127.0.0.1:${port}`,
    DD_INSTRUMENTATION_TELEMETRY_ENABLED: 'false',
    DD_REMOTE_CONFIGURATION_ENABLED: 'false',
    DD_TRACE_STARTUP_LOGS: 'false',
  }),
  complete: { 'express.cjs': { span: 32 }, 'plain.cjs': { span: 16 } },
  lines(reports) {
    const spans = ddSpans(reports)
    const named = namesOf(spans, 'span_id')
    return spans
      .filter(({ name, resource }) => !OF_CONNECTIONS.test(name) && !String(resource).includes('/v0.4/'))
      .map(({ name, resource, type, trace_id, parent_id, error, meta, metrics }) =>
        line('span', { name, resource, type, error, trace: trace_id, parent: named(parent_id), meta, metrics }),
      )
  },
}

function ddSpans(reports) {
  return reports
    .filter(({ kind }) => kind === 'traces')
    .flatMap(({ content }) => content.flat())
    .map(span => ({
      ...span,
      span_id: hex(span.span_id),
      parent_id: hex(span.parent_id),
      trace_id: hex(span.trace_id),
    }))
}

function hex(id) {
  return typeof id === 'bigint' ? id.toString(16) : String(id)
}

const newRelic = {
  name: 'New Relic',
  package: 'newrelic',
  file: 'newrelic.cjs',
  modules: ['--import=newrelic/esm-loader.mjs', '--require=newrelic'],
  asOptions: ['newrelic/esm-loader.mjs', 'newrelic'],
  env: ({ tlsPort }) => ({
    NEW_RELIC_HOST: '127.0.0.1',
    NEW_RELIC_PORT: String(tlsPort),
    NEW_RELIC_APP_NAME: 'apm',
    NEW_RELIC_LICENSE_KEY: 'x'.repeat(40),
    NEW_RELIC_NO_CONFIG_FILE: 'true',
    NEW_RELIC_UTILIZATION_DETECT_AWS: 'false',
    NEW_RELIC_UTILIZATION_DETECT_AZURE: 'false',
    NEW_RELIC_UTILIZATION_DETECT_AZUREFUNCTION: 'false',
    NEW_RELIC_UTILIZATION_DETECT_GCP: 'false',
    NEW_RELIC_LOG: 'stdout',
    NEW_RELIC_LOG_LEVEL: 'warn',
    NODE_EXTRA_CA_CERTS: certificate().file,
  }),
  /** In both workers; with NODE_OPTIONS the master has an agent, too. */
  isReady: (reports, where) =>
    reports.filter(({ kind }) => kind === 'agent_settings').length >= { own: 1, '-M': 2, starlight: 3 }[where],
  complete: {
    'express.cjs': { transaction: 8, error: 8, span: 48 },
    'plain.cjs': { transaction: 8, error: 12, span: 32 },
  },
  lines(reports) {
    const spans = newRelicEvents(reports, 'span_event_data')
    const named = namesOf(
      spans.map(([{ guid, name }]) => ({ span_id: guid, name })),
      'span_id',
    )
    return [
      ...newRelicEvents(reports, 'analytic_event_data').map(([{ name, error }, user, agent]) =>
        line('transaction', { name, error, user, agent }),
      ),
      ...newRelicEvents(reports, 'error_event_data').map(([intrinsic, user, agent]) =>
        line('error', { message: intrinsic['error.message'], transaction: intrinsic.transactionName, user, agent }),
      ),
      ...spans.map(([{ name, parentId, traceId, category }, user, agent]) =>
        line('span', {
          name,
          category,
          trace: /^(\d\d)\1+$/.test(traceId) ? traceId : 'its own',
          parent: named(parentId),
          user,
          agent,
        }),
      ),
    ]
  },
}

function newRelicEvents(reports, wanted) {
  return reports.filter(({ kind }) => kind === wanted).flatMap(({ content }) => content[2])
}

export const TOOLS = { sentry, 'dd-trace': ddTrace, newrelic: newRelic }

/** Id -> name of the span. Ids that come with a request stay what they are. */
function namesOf(spans, key) {
  const names = new Map(spans.map(span => [span[key], span.name]))
  return id => names.get(id) ?? id
}

function line(kind, value) {
  const text = JSON.stringify(value, (key, part) => (VOLATILE.test(key) ? undefined : plain(part)))
  return `${kind} ${text.replace(/(127\.0\.0\.1|localhost):\d+/g, '$1')}`
}

/** With members in order; Sentry's `{ type, value }` as it is. */
function plain(part) {
  if (typeof part === 'bigint') return part.toString()
  if (typeof part !== 'object' || part === null || Array.isArray(part)) return part
  return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
}
