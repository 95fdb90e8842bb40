// Status lines, made once.

// Not imported anywhere: as an ES module, node:http loads undici for one of its exports (14 MB on Node >= 22).
const { STATUS_CODES } = process.getBuiltinModule('node:http')

const lines = new Map<number, string>()

/** Whether `status` may end an exchange (RFC 9110 15): 200 to 599. */
export function isFinalStatus(status: number): boolean {
  return Number.isInteger(status) && status >= 200 && status <= 599
}

/** `HTTP/1.1 200 OK` and CRLF. An unknown code has an empty reason, which RFC 9112 4 allows. */
export function statusLine(status: number): string {
  let line = lines.get(status)
  if (line === undefined) {
    line = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`
    lines.set(status, line)
  }
  return line
}

/** RFC 9110 6.4.1: these never have a body, whatever the application gives. */
export function isBodyless(status: number): boolean {
  return status === 204 || status === 304 || status < 200
}
