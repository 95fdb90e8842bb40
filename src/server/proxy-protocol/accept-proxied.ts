// A connection whose proxy tells first who its client is. Nobody else can: what anybody could say, nobody may believe.
import type { Socket } from 'node:net'
import type { ProxyHeader } from '../../app/proxy-header.ts'
import { acceptJudged } from '../accept.ts'
import type { Judgement } from '../first-bytes.ts'
import { plainAddress } from '../forwarded/node-name.ts'
import type { ListenerName } from '../peer.ts'
import type { ServerContext } from '../server-context.ts'
import { parseProxyHeader } from './header.ts'

/** Gives the socket on behind its header, under the name that its client has connected to. */
export function acceptProxied(
  context: ServerContext,
  socket: Socket,
  name: ListenerName,
  serve: (name: ListenerName) => void,
): void {
  const address = socket.remoteAddress
  const refuse = (why: string): void => {
    context.refusals.count('proxy-protocol', `${address ?? 'a client'}: ${why}`)
    socket.destroy()
  }
  const proxy = { isUnix: name.isUnix === true, remoteAddress: address && plainAddress(address) }
  if (!context.forwarding.trusts(proxy)) {
    socket.on('error', () => undefined)
    refuse('it is no trusted proxy')
    return
  }
  acceptJudged(context, socket, judgeHeader, header => {
    if (typeof header === 'string') refuse(header)
    else serve(nameBehind(name, header))
  })
}

function judgeHeader(bytes: Buffer): Judgement<ProxyHeader | string> | undefined {
  const result = parseProxyHeader(bytes)
  if (result === undefined) return undefined
  return typeof result === 'string' ? { value: result, length: 0 } : { value: result.header, length: result.length }
}

function nameBehind(name: ListenerName, header: ProxyHeader): ListenerName {
  if (header.source === 'local') return name
  return {
    ...name,
    host: header.localAddress ?? name.host,
    port: header.localPort ?? name.port,
    isUnix: header.source === 'unix',
    isEncrypted: name.isEncrypted || header.ssl !== undefined,
    tlsEndsAtProxy: !name.isEncrypted && header.ssl !== undefined,
    proxyHeader: header,
  }
}
