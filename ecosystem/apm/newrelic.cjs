const { subscribe } = require('node:diagnostics_channel')
const newrelic = require('newrelic')

globalThis.watched = { user: id => newrelic.setUserID(id), report: error => newrelic.noticeError(error) }
subscribe('starlight.request.error', ({ error }) => watched.report(error))
