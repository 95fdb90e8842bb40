// A real systemd, as process 1 of namespaces of its own, runs the unit and the socket of docs/systemd word for word: user, directories,
// sandbox, restarts, watchdog, socket activation. systemd.test.ts plays the protocol where none can be booted.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cannotBoot, Machine } from '../support/systemd-machine.ts'
import { until } from './supervisor-support.ts'

const SKIP = { skip: cannotBoot() }

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
      const {
        count: { answered = 0, ...rest },
      } = await machine.loaded(() => machine.systemctl('reload', 'shop'))
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
    const {
      count: { answered = 0, ...rest },
    } = await machine.loaded(() => {
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

  await t.test(
    'systemctl stop of the service alone loses nothing: who waits at its socket starts it again',
    async () => {
      const before = machine.property('MainPID')
      const {
        count: { answered = 0, ...rest },
      } = await machine.loaded(() => machine.systemctl('stop', 'shop'))
      assert.deepEqual([answered > 20, rest], [true, {}])
      await until(() => machine.property('ActiveState') === 'active', 'READY')
      assert.notEqual(machine.property('MainPID'), before)
    },
  )

  await t.test('its socket before it: what has been accepted is answered, and who comes later is refused', async () => {
    machine.run('truncate', '--size=0', '/var/log/shop/access.log')
    const {
      count: { answered = 0, ECONNREFUSED = 0, ECONNRESET = 0, ...rest },
      reset,
    } = await machine.loaded(() => {
      machine.systemctl('stop', 'shop.socket')
      machine.systemctl('stop', 'shop')
    })
    assert.deepEqual([answered > 20, ECONNREFUSED > 0, rest], [true, true, {}])
    const log = machine.run('cat', '/var/log/shop/access.log').stdout
    assert.equal(log.match(/GET \/load\//g)?.length, answered)
    // Once systemd has let go of its socket, who connects in the very moment of the close may be reset, as nobody has accepted it.
    assert.deepEqual(
      reset.filter(path => log.includes(path)),
      [],
    )
    assert.ok(ECONNRESET <= 4, `${ECONNRESET} were reset: more than there are clients`)
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
