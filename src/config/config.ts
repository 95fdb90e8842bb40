// The types of the configuration. All are inferred from the option table.
import type { ListenAddress } from './listen/address.ts'
import type { ValuesOf } from './option.ts'
import type { OPTIONS } from './options.ts'

/** Every option with its value as it was given; where to listen is still text. */
export type Values = ValuesOf<typeof OPTIONS>

/** Options that an http.Server of Node's has as well. `ssl`: whether anything is said of TLS. */
export type LeftToServer =
  | 'ssl'
  | 'keepaliveTimeout'
  | 'headTimeout'
  | 'bodyTimeout'
  | 'maxKeepaliveReqs'
  | 'maxConnections'

type AddressKey = 'listen' | 'host' | 'port' | 'socket'

/**
 * What the server runs with: checked, complete and frozen. Durations are seconds, sizes are bytes, paths are absolute
 * (except `app` and `module`, which may name packages, and `-` of `accessLog`).
 */
export type Config = Omit<Values, AddressKey> & {
  /** `--listen`, `--host`, `--port`, `--socket` and `--ssl` put together; at least one. */
  readonly listen: readonly ListenAddress[]
  /** Nobody said where to listen: an application that listens by itself may. */
  readonly listensAsAsked: boolean
  /** The customary PORT: it names the port of an application that listens by itself, which may name the host. */
  readonly fallbackPort: number | undefined
  /** What nobody has said: an application's own http.Server may. */
  readonly leftToServer: readonly LeftToServer[]
}
