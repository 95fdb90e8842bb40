// Errors are named by who must act. RequestError lives in http1/faults, ConfigError in config/mistakes.

/** The application broke the contract (bad status, bad field, wrong length, answered twice): 500 or a cut connection, and a log entry. */
export class AppError extends Error {
  override readonly name = 'AppError'
}

/** The client went away, or its body was cut: there is no one to answer. */
export class ClientDisconnected extends Error {
  override readonly name = 'ClientDisconnected'
  constructor(message = 'Cannot go on with the request: the client has gone') {
    super(message)
  }
}
