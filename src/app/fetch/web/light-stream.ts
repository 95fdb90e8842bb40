// `ReadableStream` as an application sees it: its own sources get a light stream, everything else one of Node's. Both have Node's
// prototype, so that `instanceof` and subclasses are what they were.
import { canStandIn, streamOfSource } from './lazy-stream.ts'
import { LightController, type SourceMethods, useNativeStream } from './light-source.ts'

type Native = typeof ReadableStream

/** Makes the class with light streams the global one. On Node 20 Node's is loaded when the application asks for the global. */
export function installLightStream(): void {
  const held = Object.getOwnPropertyDescriptor(globalThis, 'ReadableStream')
  if (held?.get === undefined) {
    define(lightClass(ReadableStream))
    return
  }
  const get = (): Native => {
    const light = lightClass(Reflect.apply(held.get!, globalThis, []) as Native)
    define(light)
    return light
  }
  Object.defineProperty(globalThis, 'ReadableStream', { ...held, get, set: define })
}

function define(value: unknown): void {
  Object.defineProperty(globalThis, 'ReadableStream', { value, writable: true, enumerable: false, configurable: true })
}

function lightClass(native: Native): Native {
  useNativeStream(native as never)
  function Light(this: unknown, ...args: unknown[]): ReadableStream {
    // Without `new` it refuses in the words of the platform.
    if (new.target === undefined) return Reflect.apply(native, this, args) as unknown as ReadableStream
    const [source] = args
    const methods = args.length === 1 && new.target === Light && canStandIn() ? methodsOf(source) : undefined
    if (methods !== undefined) return streamOfSource(new LightController(source as object, methods))
    return Reflect.construct(native, args, new.target === Light ? native : new.target)
  }
  Light.prototype = native.prototype
  Object.defineProperty(Light, 'name', { value: 'ReadableStream', configurable: true })
  Object.defineProperty(Light, 'length', { value: 0, configurable: true })
  Object.defineProperty(Light, 'prototype', { writable: false })
  Object.setPrototypeOf(Light, native)
  Object.defineProperty(native.prototype, 'constructor', { value: Light, writable: true, configurable: true })
  Object.setPrototypeOf(LightController.prototype, ReadableStreamDefaultController.prototype)
  return Light as unknown as Native
}

/** What a plain source has; undefined for a source of bytes, and for what Node has to refuse. */
function methodsOf(source: unknown): SourceMethods | undefined {
  if (typeof source !== 'object' || source === null) return undefined
  const { autoAllocateChunkSize, cancel, pull, start, type } = source as Record<string, unknown>
  if (type !== undefined || autoAllocateChunkSize !== undefined) return undefined
  return isMethod(start) && isMethod(pull) && isMethod(cancel) ? { start, pull, cancel } : undefined
}

function isMethod(value: unknown): value is ((argument: unknown) => unknown) | undefined {
  return value === undefined || typeof value === 'function'
}
