// What `new Response` keeps of a body that needs no stream.
import { BodyCopy, isLarge } from './body-copy.ts'
import type { Content } from './lazy-stream.ts'
import { natives } from './native-classes.ts'

/** The content of a body that needs no stream; undefined for other bodies. Bytes are copied, as the standard says. */
export function plainContent(body: unknown): Content | undefined {
  if (body === undefined || body === null) return null
  // Shared memory may change under us: whether that can be a body is for the native class to say.
  if (body instanceof Uint8Array) {
    if (body.byteLength === 0) return noBytes(body)
    return body.buffer instanceof ArrayBuffer ? copyOf(body) : undefined
  }
  if (body instanceof ArrayBuffer) return body.byteLength === 0 ? noBytes(body) : copyOf(new Uint8Array(body))
  return undefined
}

/** Memory that was given away looks empty. The native class can tell, and throws. */
function noBytes(body: unknown): Content {
  void new (natives().Response)(body as never)
  return Buffer.alloc(0)
}

function copyOf(bytes: Uint8Array): Content {
  return isLarge(bytes.byteLength) ? new BodyCopy(bytes) : Buffer.from(bytes)
}
