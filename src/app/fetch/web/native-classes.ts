// Node's own Request, Response, Headers and fetch. They are looked up when first needed: loading them costs 7 MB (Node 20) to
// 16 MB (Node 26) per process, which an application that only exchanges light objects can do without on Node 20.

export interface Natives {
  readonly Request: typeof Request
  readonly Response: typeof Response
  readonly Headers: typeof Headers
  readonly fetch: typeof fetch
}

type Kind = 'Request' | 'Response' | 'Headers'

let held: Record<keyof Natives, PropertyDescriptor | undefined> | undefined
let loaded: Natives | undefined
let linkLight: (natives: Natives) => void = () => undefined

/**
 * Remembers what the globals are before they are replaced. `link` is called once, when the native classes are loaded.
 * On Node 22 and later reading the property descriptors loads the classes; on Node 20 it does not.
 */
export function captureNatives(link: (natives: Natives) => void): void {
  held ??= {
    Request: Object.getOwnPropertyDescriptor(globalThis, 'Request'),
    Response: Object.getOwnPropertyDescriptor(globalThis, 'Response'),
    Headers: Object.getOwnPropertyDescriptor(globalThis, 'Headers'),
    fetch: Object.getOwnPropertyDescriptor(globalThis, 'fetch'),
  }
  linkLight = link
  if (held.Response?.get === undefined) natives()
}

/** The native classes, loaded on first use. */
export function natives(): Natives {
  if (loaded === undefined) {
    loaded = {
      Request: original('Request') as typeof Request,
      Response: original('Response') as typeof Response,
      Headers: original('Headers') as typeof Headers,
      fetch: original('fetch') as typeof fetch,
    }
    linkLight(loaded)
  }
  return loaded
}

function original(name: keyof Natives): unknown {
  const descriptor = held?.[name]
  if (descriptor === undefined) return globalThis[name]
  if (descriptor.get === undefined) return descriptor.value
  // Node 20's getter makes what it has loaded the value of the global again.
  const current = Object.getOwnPropertyDescriptor(globalThis, name)
  const native: unknown = descriptor.get.call(globalThis)
  if (current !== undefined) Object.defineProperty(globalThis, name, current)
  return native
}

/** Reads or calls a member of the native prototype on `self`, an object that is not light; throws what the native member throws. */
export function nativeMember(kind: Kind, key: PropertyKey, self: unknown, args?: ArrayLike<unknown>): unknown {
  const member = Object.getOwnPropertyDescriptor(natives()[kind].prototype, key)
  if (member?.get !== undefined) return member.get.call(self)
  return Reflect.apply(member?.value, self, args ?? [])
}

/** Gives a light prototype the shape that WebIDL asks for: enumerable members and a `Symbol.toStringTag`. */
export function shapeLikeWebIdl(light: { readonly prototype: object }, name: Kind): void {
  for (const key of Object.getOwnPropertyNames(light.prototype)) {
    if (key !== 'constructor') Object.defineProperty(light.prototype, key, { enumerable: true })
  }
  Object.defineProperty(light.prototype, Symbol.toStringTag, { value: name, configurable: true })
  Object.defineProperty(light, 'name', { value: name, configurable: true })
}
