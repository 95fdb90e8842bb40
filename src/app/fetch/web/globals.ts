// The Request, Response and Headers that an application sees. Light objects cannot be born as native ones (those keep their state
// in private fields), so the light classes become the global ones, and native objects become instances of them.
// biome-ignore-all lint/complexity/noArguments: Web IDL tells a missing argument from an undefined one, and rest parameters change "length"
import { isLightHeaders, LightHeaders } from './light-headers.ts'
import { bodyOfRequest, isLightRequest, LightRequest, nativeForm } from './light-request.ts'
import { bodyOfResponse, isLightResponse, LightResponse } from './light-response.ts'
import { installLightStream } from './light-stream.ts'
import { captureNatives, type Natives, natives } from './native-classes.ts'

let isInstalled = false

/**
 * Makes the light classes `globalThis.Request`, `Response` and `Headers`, and lets `fetch` accept light requests. Call it before
 * the application is imported: classes that were taken from the globals earlier stay native. Calls after the first do nothing.
 */
export function installLightGlobals(): void {
  if (isInstalled) return
  isInstalled = true
  captureNatives(link)
  define('Request', LightRequest, false)
  define('Response', LightResponse, false)
  define('Headers', LightHeaders, false)
  define('fetch', fetch, true)
  installLightStream()
}

function define(name: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(globalThis, name, { value, writable: true, enumerable, configurable: true })
}

/** `fetch` of the Fetch standard, for light requests too. */
function fetch(input: unknown, _init: unknown = undefined): Promise<Response> {
  const args = Array.from(arguments)
  if (isLightRequest(input)) {
    try {
      args[0] = nativeForm(input)
    } catch (cause) {
      return Promise.reject(cause)
    }
  }
  return Reflect.apply(natives().fetch, undefined, args)
}

/** `x instanceof Response` must hold for a native x and the light class, and for a light x and a native class kept from before. */
function link(found: Natives): void {
  adopt(found.Request, LightRequest, isLightRequest)
  adopt(found.Response, LightResponse, isLightResponse)
  adopt(found.Headers, LightHeaders, isLightHeaders)
}

function adopt(
  native: { readonly prototype: object },
  light: { readonly prototype: object },
  isLight: (value: unknown) => boolean,
): void {
  addMissing(native.prototype, light.prototype)
  Object.setPrototypeOf(native.prototype, light.prototype)
  Object.defineProperty(native.prototype, 'constructor', { value: light, writable: true, configurable: true })
  Object.defineProperty(native, Symbol.hasInstance, {
    value(this: CallableFunction, value: unknown) {
      return Function.prototype[Symbol.hasInstance].call(this, value) || (this === native && isLight(value))
    },
    configurable: true,
  })
}

/** Readers of the body that this Node's classes have and ours do not (`textStream` of Node 26), and odd constants. */
function addMissing(native: object, light: object): void {
  for (const key of Object.getOwnPropertyNames(native)) {
    if (Object.hasOwn(light, key)) continue
    const member = Object.getOwnPropertyDescriptor(native, key) as PropertyDescriptor
    const { value } = member
    if (typeof value === 'function') member.value = reader(key, value)
    Object.defineProperty(light, key, member)
  }
}

function reader(name: string, native: CallableFunction): CallableFunction {
  // A method in braces: it has a name and no prototype, as the native one.
  return {
    [name](this: unknown, ...args: unknown[]) {
      const self = isLightRequest(this) ? bodyOfRequest(this) : isLightResponse(this) ? bodyOfResponse(this) : this
      return Reflect.apply(native, self, args)
    },
  }[name] as CallableFunction
}
