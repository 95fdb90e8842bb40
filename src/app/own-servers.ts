// The net.Servers that Starlight itself listens with, so that they can be told from those of the application.

const own = new WeakSet<object>()

/** To be called before it listens. Gives it back. */
export function ownServer<Server extends object>(server: Server): Server {
  own.add(server)
  return server
}

export function isOwnServer(server: object): boolean {
  return own.has(server)
}
