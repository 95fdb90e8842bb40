// Errors are named by who must act. RequestError lives in http1/faults, ConfigError in config/errors.

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

/**
 * The client asks for a WebSocket in a wrong way, or for none where one is needed: nothing for the log. Frameworks that answer errors
 * themselves find what to answer in it: `status`, and `getResponse` as in Hono's HTTPException.
 */
export class HandshakeError extends Error {
  override readonly name = 'HandshakeError'
  readonly status: number
  /** Names and values alternate. */
  readonly fields: readonly string[]

  constructor(status: number, fields: readonly string[], message: string) {
    super(message)
    this.status = status
    this.fields = fields
  }

  getResponse(): Response {
    const headers: [string, string][] = []
    for (let i = 0; i < this.fields.length; i += 2) headers.push([this.fields[i]!, this.fields[i + 1]!])
    return new Response(this.message, { status: this.status, headers })
  }
}
