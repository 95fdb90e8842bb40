// Whether two servers gave the same answer, but for what each server decides for itself.

/** What is not compared -> why. */
export const IGNORED = {
  Date: 'the time',
  'Connection, Keep-Alive':
    'how long a connection is kept is up to the server; that it ends where it has to is checked',
  'Content-Length with 204': 'Starlight leaves it out, because RFC 9110 forbids it (section 8.6)',
}
/** The same for applications that export themselves, whose own server is an adapter of another package. */
export const IGNORED_OF_EXPORTS = {
  Server: 'Starlight names itself where the application is not of the Node style',
  'Transfer-Encoding, Content-Length': 'each adapter frames a body as it likes; that the body is whole is checked',
  'the space in "; charset"': 'Starlight sends the text of the Fetch standard, without it',
}

const FIELDS = new Set(['date', 'connection', 'keep-alive'])
const FIELDS_OF_EXPORTS = new Set([...FIELDS, 'server', 'transfer-encoding', 'content-length'])

/** What is left of a probe's result to compare; `masks` are patterns for what differs at each start. */
export function comparable(seen, { masks = [], ownFile }) {
  if (Array.isArray(seen)) return seen.map(item => comparable(item, { masks, ownFile }))
  const masked = text => masks.reduce((rest, mask) => rest.replace(mask, '*'), text)
  if (seen.opcode !== undefined) return { ...seen, payload: masked(seen.payload) }
  const isExport = ownFile !== undefined
  const ignored = isExport ? FIELDS_OF_EXPORTS : FIELDS
  const fields = seen.fields
    .filter(([name]) => !ignored.has(name) && !(seen.status === 204 && name === 'content-length'))
    .map(([name, value]) => `${name}: ${masked(isExport ? value.replace('; charset', ';charset') : value)}`)
    .sort()
  return { ...seen, fields, body: masked(seen.body), framing: isExport ? undefined : seen.framing }
}

/** What differs, in words; empty when nothing does. */
export function differences(own, here) {
  if (Array.isArray(own)) {
    if (own.length !== here.length) return [`${own.length} answers on its own server, ${here.length} here`]
    return own.flatMap((item, i) => differences(item, here[i]).map(text => `answer ${i + 1}: ${text}`))
  }
  const names = Object.keys(own).filter(name => JSON.stringify(own[name]) !== JSON.stringify(here[name]))
  return names.map(name => {
    if (name !== 'fields') return `${name} is ${short(own[name])} on its own server and ${short(here[name])} here`
    const lost = own.fields.filter(field => !here.fields.includes(field))
    const added = here.fields.filter(field => !own.fields.includes(field))
    return `fields: only on its own server ${short(lost)}, only here ${short(added)}`
  })
}

function short(value) {
  const text = JSON.stringify(value)
  return text.length > 300 ? `${text.slice(0, 300)}...` : text
}
