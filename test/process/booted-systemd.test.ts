// A real systemd, as process 1 of namespaces of its own, runs the unit and the socket of docs/systemd word for word: user, directories,
// sandbox, restarts, watchdog, socket activation. systemd.test.ts plays the protocol where none can be booted.
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
import { type TestContext, test } from 'node:test'
import { ROOT } from '../support/root.ts'
import { childrenOf } from '../support/starlight-process.ts'
import { until } from './supervisor-support.ts'

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

/** Clients that ask until their standard input ends; then how many answers came, and what else. */
const LOAD = `import { request } from 'node:http'
let over = false; const count = {}
process.stdin.on('end', () => { over = true }).resume()
const ask = () => new Promise(resolve => request({ port: 80, host: '127.0.0.1', agent: false }, answer => {
  let text = ''; answer.setEncoding('utf8').on('data', piece => { text += piece }).on('close', () => resolve(answer.complete ? 'answered' : 'cut'))
}).on('error', error => resolve(error.code)).end())
await Promise.all(Array.from({ length: 4 }, async () => { while (!over) { const what = await ask(); count[what] = (count[what] ?? 0) + 1
  if (what === 'answered' && count.answered === 20) console.error('loaded') } }))
console.log(JSON.stringify(count))`

function cannotBoot(): string | false {
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
const SKIP = { skip: cannotBoot() }

class Machine {
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
  async loaded(during: () => void): Promise<Record<string, number>> {
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

test('the units of docs/systemd under a real systemd', SKIP, async t => {
  const machine = await Machine.boot(t)
  if (machine === undefined) return t.skip('systemd does not boot here')
  machine.deploy('1')

  await t.test(
    'shop.socket opens port 80; the first connection starts the service, which is ready when it serves',
    async () => {
      machine.systemctl('start', 'shop.socket')
      assert.equal(machine.property('ActiveState'), 'inactive')
      assert.equal(machine.ask(), '1')
      await until(() => machine.property('ActiveState') === 'active', 'READY')
      assert.match(machine.property('StatusText'), /^\d+\/\d+ workers ready, generation 0/)
      assert.equal(machine.run('stat', '--format=%U', `/proc/${machine.property('MainPID')}`).stdout, 'shop\n')
      assert.equal(
        machine.run('stat', '--format=%U', '/run/shop/control', '/var/log/shop/access.log').stdout,
        'shop\nshop\n',
      )
    },
  )

  await t.test(
    'systemctl reload after a deployment, under load: nothing is lost, and the new release answers',
    async () => {
      machine.deploy('2')
      const { answered = 0, ...rest } = await machine.loaded(() => machine.systemctl('reload', 'shop'))
      assert.deepEqual([answered > 20, rest], [true, {}])
      // ExecReload= of systemd 252 only asks for it.
      await until(() => machine.ask() === '2', 'the new release answers')
    },
  )

  await t.test('the commands of docs/operation.md, as root, with the control socket of the unit', async () => {
    assert.match(machine.starlight('status').stdout, /workers ready/)
    machine.deploy('3')
    assert.deepEqual(machine.starlight('reload'), { code: 0, stdout: 'reload: done\n', stderr: '' })
    assert.equal(machine.ask(), '3')
    assert.equal(machine.starlight('scale', '+1').code, 0)
    assert.equal(machine.run('mv', '/var/log/shop/access.log', '/var/log/shop/access.log.1').code, 0)
    assert.deepEqual(machine.starlight('reopen'), { code: 0, stdout: 'reopen: done\n', stderr: '' })
    machine.ask('/reopened')
    const log = () => machine.run('cat', '/var/log/shop/access.log').stdout
    await until(() => log().includes('GET /reopened'), 'a new access log')
  })

  await t.test('an upgrade under load: MAINPID follows, nothing is lost', async () => {
    const before = machine.property('MainPID')
    const { answered = 0, ...rest } = await machine.loaded(() => {
      assert.match(machine.starlight('upgrade').stdout, /the new master is \d+/)
    })
    assert.deepEqual([answered > 20, rest], [true, {}])
    await until(() => machine.property('MainPID') !== before, 'another main process')
    await until(() => machine.run('test', '-e', `/proc/${before}`).code === 1, 'the old master is gone')
    assert.deepEqual([machine.property('ActiveState'), machine.property('NRestarts')], ['active', '0'])
    assert.equal(machine.ask(), '3')
  })

  await t.test('a killed master is started again', async () => {
    const before = machine.property('MainPID')
    machine.run('kill', '-KILL', before)
    await until(
      () => machine.property('NRestarts') === '1' && machine.property('ActiveState') === 'active',
      'a restart',
    )
    assert.equal(machine.ask(), '3')
  })

  await t.test('a master that has stopped feeds no watchdog: it is ended and started again', async () => {
    machine.install('shop.service.d/watchdog.conf', '[Service]\nWatchdogSec=2\n')
    machine.systemctl('daemon-reload')
    machine.systemctl('restart', 'shop')
    const restarts = Number(machine.property('NRestarts'))
    machine.run('kill', '-STOP', machine.property('MainPID'))
    await until(
      () => Number(machine.property('NRestarts')) > restarts && machine.property('ActiveState') === 'active',
      'a restart',
    )
    assert.equal(machine.ask(), '3')
  })

  await t.test('systemctl stop answers what has come, and is no failure', async () => {
    const { answered = 0, ...rest } = await machine.loaded(() => machine.systemctl('stop', 'shop.socket', 'shop'))
    assert.ok(answered > 20)
    assert.deepEqual(
      Object.keys(rest).filter(what => what !== 'ECONNREFUSED'),
      [],
    )
    assert.deepEqual([machine.property('ActiveState'), machine.property('Result')], ['inactive', 'success'])
  })

  await t.test('what cannot succeed is not tried again: a broken application and a wrong option', () => {
    const fails = (status: string): void => {
      assert.equal(machine.run('systemctl', 'start', 'shop').code, 1)
      assert.deepEqual([machine.property('ActiveState'), machine.property('ExecMainStatus')], ['failed', status])
    }
    machine.deploy('4')
    machine.run('sh', '-c', "echo 'throw new Error(1)' > /srv/shop/current/app.ts")
    fails('4')
    machine.install(
      'shop.service.d/wrong.conf',
      '[Service]\nExecStart=\nExecStart=/run/node /srv/starlight/bin/starlight.js --statc\n',
    )
    machine.systemctl('daemon-reload')
    fails('2')
  })
})
