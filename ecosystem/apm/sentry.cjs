const { subscribe } = require('node:diagnostics_channel')
const Sentry = require('@sentry/node')

Sentry.init({ dsn: process.env.SENTRY_DSN, tracesSampleRate: 1 })
globalThis.watched = {
  user: id => Sentry.setUser({ id }),
  report: error => Sentry.captureException(error),
  express: app => Sentry.setupExpressErrorHandler(app),
}
// For PSGI style and fetch: what they throw is answered by Starlight.
subscribe('starlight.request.error', ({ error }) => watched.report(error))
