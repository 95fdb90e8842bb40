// The fields of a request whose client has made many names up, in its env. V8 keeps each text that is a key in one table, until the next
// full garbage collection: a new key costs 1 us and its memory, ten times what its field costs otherwise. So a field that the application
// asks for comes from the head, and all become keys when the env is listed or a field is changed.
import type { RequestHead } from '../../http1/request/request-head.ts'
import { fieldOf, isFieldKey, keysOf } from './field-keys.ts'

export type EnvFields = Record<string | symbol, unknown>

/** `env` with a further key for each field of `head` that has one. */
export function withLateFields(env: EnvFields, head: RequestHead): EnvFields {
  return new Proxy(env, new LateFields(head))
}

/**
 * Makes V8 keep the object as a table, which it does with one that a key in the middle is deleted from. Otherwise it makes a shape for
 * each key that it has never seen: twice the time, from a client's names.
 */
export function becomeTable(env: EnvFields): void {
  env['a'] = undefined
  env['b'] = undefined
  delete env['a']
  delete env['b']
}

class LateFields implements ProxyHandler<EnvFields> {
  /** Undefined when its fields are keys. */
  #head: RequestHead | undefined

  constructor(head: RequestHead) {
    this.#head = head
  }

  get(env: EnvFields, key: string | symbol, receiver: unknown): unknown {
    return this.#late(key) ?? Reflect.get(env, key, receiver)
  }

  has(env: EnvFields, key: string | symbol): boolean {
    return this.#late(key) !== undefined || Reflect.has(env, key)
  }

  ownKeys(env: EnvFields): (string | symbol)[] {
    this.#make(env)
    return Reflect.ownKeys(env)
  }

  // Assignments come here too, by way of the next two.
  getOwnPropertyDescriptor(env: EnvFields, key: string | symbol): PropertyDescriptor | undefined {
    if (isField(key)) this.#make(env)
    return Reflect.getOwnPropertyDescriptor(env, key)
  }

  defineProperty(env: EnvFields, key: string | symbol, descriptor: PropertyDescriptor): boolean {
    if (isField(key)) this.#make(env)
    return Reflect.defineProperty(env, key, descriptor)
  }

  deleteProperty(env: EnvFields, key: string | symbol): boolean {
    if (isField(key)) this.#make(env)
    return Reflect.deleteProperty(env, key)
  }

  preventExtensions(env: EnvFields): boolean {
    this.#make(env)
    return Reflect.preventExtensions(env)
  }

  #late(key: string | symbol): string | undefined {
    return this.#head !== undefined && isField(key) ? fieldOf(this.#head, key) : undefined
  }

  #make(env: EnvFields): void {
    const head = this.#head
    this.#head = undefined
    if (head === undefined) return
    becomeTable(env)
    for (const [i, { key, separator }] of keysOf(head.names).entries()) {
      if (key !== '') env[key] = separator === '' ? head.value(i) : `${env[key]}${separator}${head.value(i)}`
    }
  }
}

function isField(key: string | symbol): key is string {
  return typeof key === 'string' && isFieldKey(key)
}
