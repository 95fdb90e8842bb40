import * as Sentry from '@sentry/node'

Sentry.init({ dsn: process.env.SENTRY_DSN, tracesSampleRate: 1 })
globalThis.watched = {
  user: id => Sentry.setUser({ id }),
  report: error => Sentry.captureException(error),
  express: app => Sentry.setupExpressErrorHandler(app),
}
