// A machine of namespaces in which a real systemd is process 1 and has the unit and the socket of docs/systemd.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { until } from '../process/supervisor-support.ts'
import { ROOT } from './root.ts'
import { childrenOf } from './starlight-process.ts'

const SYSTEMD = '/lib/systemd/systemd'
/** Major version, or NaN where there is none. */
const VERSION = Number(/^systemd (\d+)/.exec(spawnSync(SYSTEMD, ['--version'], { encoding: 'utf8' }).stdout ?? '')?.[1])
/** The one that docs/deployment.md recommends for it. */
const UNIT = VERSION >= 253 ? 'shop.service' : 'shop-252.service'
const CGROUP = `starlight-test-${process.pid}`
const NAMESPACES = ['--mount', '--net', '--pid', '--ipc', '--uts', '--cgroup', '--fork', '--kill-child']

/** $1: the directory with srv, log, units, passwd and group; $2: Node; $3: the checkout. Everything else is read-only for the machine. */
const BOOT = `set -e
mount --make-rprivate /
mount -t cgroup2 cgroup2 /mnt && mkdir -p /mnt/${CGROUP} && echo $$ > /mnt/${CGROUP}/cgroup.procs
mount -t tmpfs tmpfs /run && mkdir /run/lock && touch /run/node && mount --bind "$2" /run/node
mount --bind "$1/srv" /srv && mount --bind "$3" /srv/starlight && mount --bind "$1/log" /var/log
mount --bind "$1/units" /etc/systemd/system && mount --bind "$1/passwd" /etc/passwd && mount --bind "$1/group" /etc/group
umount -R /sys/fs/cgroup 2>/dev/null || true
mount --bind /mnt/${CGROUP} /sys/fs/cgroup && umount /mnt
mount -o remount,ro,bind /
for place in /tmp /var/tmp; do mount -t tmpfs -o mode=1777 tmpfs "$place"; done
ip link set lo up
exec unshare --cgroup --mount --pid --fork --kill-child --mount-proc env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin container=test \\
  ${SYSTEMD} --system --unit=test.target --log-level=err --show-status=0`
const CLEAN = `mount -t cgroup2 cgroup2 /mnt && find /mnt/${CGROUP} -depth -type d -exec rmdir {} +`

/** Each release answers with its number, after a time in which a worker can be asked to end. */
const APP = `export default async () => {
  await new Promise(resolve => setTimeout(resolve, 50))
  return [200, [], ['RELEASE']]
}`

/** Clients that ask until their standard input ends; then how many answers came, and what else, with the paths that were reset. */
const LOAD = `import { request } from 'node:http'
let over = false, number = 0; const count = {}, reset = []
process.stdin.on('end', () => { over = true }).resume()
const ask = path => new Promise(resolve => request({ port: 80, host: '127.0.0.1', path, agent: false }, answer => {
  let text = ''; answer.setEncoding('utf8').on('data', piece => { text += piece }).on('close', () => resolve(answer.complete ? 'answered' : 'cut'))
}).on('error', error => resolve(error.code)).end())
await Promise.all(Array.from({ length: 4 }, async () => { while (!over) { const path = '/load/' + ++number + '/'
  const what = await ask(path); count[what] = (count[what] ?? 0) + 1
  if (what === 'ECONNRESET') reset.push(path)
  if (what === 'answered' && count.answered === 20) console.error('loaded') } }))
console.log(JSON.stringify({ count, reset }))`

/** Why none can be booted here. */
export function cannotBoot(): string | false {
  if (!(VERSION >= 250)) return 'needs systemd'
  const tried = spawnSync('unshare', [
    ...NAMESPACES,
    'sh',
    '-c',
    'mount -t cgroup2 cgroup2 /mnt && mkdir -p "$0" && rmdir "$0" && ip link set lo up',
    `/mnt/${CGROUP}`,
  ])
  return tried.status !== 0 && 'needs root, namespaces and cgroups of its own'
}
/** A machine of its own for systemd. */
export class Machine {
  readonly #base: string
  readonly #outer: ChildProcess

  private constructor(base: string, outer: ChildProcess) {
    this.#base = base
    this.#outer = outer
  }

  /** Boots with the units of docs/systemd; `/usr/bin/node` in them is the Node of this test. */
  static async boot(t: TestContext): Promise<Machine | undefined> {
    const base = mkdtempSync(join(tmpdir(), 'starlight-systemd-'))
    chmodSync(base, 0o755)
    for (const folder of ['srv/starlight', 'srv/shop/releases', 'log', 'units'])
      mkdirSync(join(base, folder), { recursive: true })
    writeFileSync(join(base, 'units', 'test.target'), '[Unit]\nDescription=Test\n')
    for (const file of ['passwd', 'group']) cpSync(`/etc/${file}`, join(base, file))
    writeFileSync(join(base, 'passwd'), 'shop:x:4711:4711::/:/usr/sbin/nologin\n', { flag: 'a' })
    writeFileSync(join(base, 'group'), 'shop:x:4711:\n', { flag: 'a' })
    const outer = spawn('unshare', [...NAMESPACES, 'sh', '-c', BOOT, 'sh', base, process.execPath, ROOT], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    const machine = new Machine(base, outer)
    const gone = new Promise(resolve => outer.once('close', resolve))
    t.after(async () => {
      outer.kill('SIGKILL')
      await gone
      spawnSync('unshare', ['--mount', 'sh', '-c', CLEAN])
      rmSync(base, { recursive: true, force: true })
    })
    machine.install('shop.service', readFileSync(join(ROOT, 'docs', 'systemd', UNIT), 'utf8'))
    machine.install('shop.socket', readFileSync(join(ROOT, 'docs', 'systemd', 'shop.socket'), 'utf8'))
    // Units of the machine around it may fail: "degraded".
    const isUp = (): boolean => /^(running|degraded)$/m.test(machine.run('systemctl', 'is-system-running').stdout)
    const hasBooted = await until(isUp, 'systemd runs').then(
      () => true,
      () => false,
    )
    return hasBooted ? machine : undefined
  }

  install(name: string, unit: string): void {
    const path = join(this.#base, 'units', name)
    mkdirSync(join(path, '..'), { recursive: true })
    writeFileSync(path, unit.replace('/usr/bin/node', '/run/node'))
  }

  /** As docs/deployment.md deploys: a directory for each release, and a symlink that moves. */
  deploy(release: string): void {
    const shop = join(this.#base, 'srv', 'shop')
    mkdirSync(join(shop, 'releases', release, 'node_modules', '.bin'), { recursive: true })
    symlinkSync('/srv/starlight/bin/starlight.js', join(shop, 'releases', release, 'node_modules', '.bin', 'starlight'))
    writeFileSync(join(shop, 'releases', release, 'app.ts'), APP.replace('RELEASE', release))
    symlinkSync(join('releases', release), join(shop, 'next'))
    renameSync(join(shop, 'next'), join(shop, 'current'))
  }

  /** The command as root of the machine. */
  run(...command: readonly string[]): { code: number | null; stdout: string; stderr: string } {
    const {
      status: code,
      stdout,
      stderr,
    } = spawnSync('nsenter', [...this.#entered(), ...command], { encoding: 'utf8' })
    return { code, stdout, stderr }
  }

  starlight(...words: readonly string[]): { code: number | null; stdout: string; stderr: string } {
    return this.run('/run/node', '/srv/starlight/bin/starlight.js', ...words, '--control-socket=/run/shop/control')
  }

  systemctl(...words: readonly string[]): string {
    const { code, stdout, stderr } = this.run('systemctl', ...words)
    assert.equal(
      code,
      0,
      `systemctl ${words.join(' ')}: ${stderr}${stdout}${this.run('systemctl', 'status', 'shop').stdout}`,
    )
    return stdout
  }

  /** A property of the service. */
  property(name: string): string {
    return this.run('systemctl', 'show', '--value', `--property=${name}`, 'shop').stdout.trim()
  }

  ask(path = '/'): string {
    return this.run('curl', '--silent', '--show-error', `http://127.0.0.1:80${path}`).stdout
  }

  /** Under load until the function is done: what came of all requests. */
  async loaded(during: () => void): Promise<{ count: Record<string, number>; reset: string[] }> {
    const clients = spawn('nsenter', [...this.#entered(), '/run/node', '--input-type=module', '--eval', LOAD])
    let [printed, said] = ['', '']
    clients.stdout.setEncoding('utf8').on('data', text => {
      printed += text
    })
    clients.stderr.setEncoding('utf8').on('data', text => {
      said += text
    })
    await until(() => said.includes('loaded'), 'twenty answers')
    during()
    const closed = new Promise(resolve => clients.once('close', resolve))
    clients.stdin.end()
    await closed
    return JSON.parse(printed)
  }

  #entered(): string[] {
    let pid = this.#outer.pid ?? -1
    // unshare, its shell that became unshare, and process 1.
    for (let i = 0; i < 2; i++) pid = childrenOf(pid)[0] ?? pid
    return [`--target=${pid}`, '--mount', '--net', '--pid', '--ipc', '--uts', '--']
  }
}
