// Errors are named by who must act. ClientFault lives in http1/faults, ConfigMistake in config/mistakes.

/** The application broke the contract (bad status, bad field, wrong length, answered twice): 500 or a cut connection, and a log entry. */
export class AppMistake extends Error {
  override readonly name = 'AppMistake'
}

/** The client went away, or its body was cut: nobody is left to answer. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone'
  constructor(message = 'Cannot go on with the request: the client has gone') {
    super(message)
  }
}
