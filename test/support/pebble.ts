// pebble, the authority for tests of Let's Encrypt, with a DNS server of its own. All of it on an address of the loopback's 127.0.0.0/8 that no
// other process uses, because an authority asks fixed ports.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { makeCertificate } from './certificate.ts'
import { temporaryFolder } from './temporary-folder.ts'

const isNeeded = process.env['STARLIGHT_NEEDS_PROXIES'] === '1'
const isThere = ['pebble', 'pebble-challtestsrv'].every(name => spawnSync(name, ['-h']).error === undefined)

/** Why tests of it are skipped; false: they are not. */
export const NO_PEBBLE: string | false = !isThere && !isNeeded && 'pebble is not installed'

export interface Pebble {
  readonly folder: string
  /** Of its directory. */
  readonly url: string
  /** What a server is to listen on: `plain` is asked for http-01, `tls` for tls-alpn-01. */
  readonly plain: string
  readonly tls: string
  readonly host: string
  readonly tlsPort: number
  readonly httpPort: number
  /** Of a process that is to trust it. */
  readonly env: Readonly<Record<string, string>>
  /** Everything that it has written so far. */
  readonly log: string
  stop(): void
}

let count = 0

/** Starts one for the test. `env`: what makes it behave as real authorities do; `more`: of its configuration. */
export async function startPebble(
  t: TestContext,
  env: Readonly<Record<string, string>> = {},
  more: Readonly<Record<string, unknown>> = {},
): Promise<Pebble> {
  const host = `127.${(process.pid >> 8) & 255}.${process.pid & 255}.${100 + count++}`
  const folder = temporaryFolder('pebble')
  const { key, cert } = makeCertificate('pebble', { addresses: [host] })
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const [httpPort, tlsPort] = [5002, 5001]
  const pebble = {
    listenAddress: `${host}:14000`,
    managementListenAddress: `${host}:15000`,
    certificate: file('cert.pem', cert),
    privateKey: file('key.pem', key),
    ...{ httpPort, tlsPort, ocspResponderURL: '', externalAccountBindingRequired: false, ...more },
  }
  const config = file('config.json', JSON.stringify({ pebble }))
  const dns = ['-dns01', `${host}:8053`, '-management', `${host}:8055`, '-defaultIPv4', host, '-defaultIPv6', '']
  const none = ['-http01', '', '-https01', '', '-tlsalpn01', '']
  const resolver = running(t, 'pebble-challtestsrv', [...dns, ...none], {})
  const authority = running(t, 'pebble', ['-config', config, '-dnsserver', `${host}:8053`], {
    PEBBLE_VA_NOSLEEP: '1',
    ...env,
  })
  await Promise.all([resolver.says('Starting management server'), authority.says('ACME directory available at')])
  return {
    ...{ folder, host, tlsPort, httpPort, env: { NODE_EXTRA_CA_CERTS: pebble.certificate } },
    url: `https://${host}:14000/dir`,
    plain: `http://${host}:${httpPort}`,
    tls: `https://${host}:${tlsPort}`,
    get log() {
      return authority.output()
    },
    stop: () => authority.child.kill('SIGKILL'),
  }
}

interface Running {
  readonly child: ChildProcess
  output(): string
  says(words: string): Promise<void>
}

function running(
  t: TestContext,
  name: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Running {
  const child = spawn(name, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } })
  t.after(() => child.kill('SIGKILL'))
  let text = ''
  const looks = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', piece => {
      text += piece
      for (const look of looks) look()
    })
  const says = (words: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (text.includes(words)) resolve()
      }
      looks.add(look)
      child.once('exit', () => reject(new Error(`${name} has ended: ${text}`)))
      look()
    })
  return { child, output: () => text, says }
}
