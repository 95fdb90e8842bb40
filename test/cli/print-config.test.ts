import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configJson, configText } from '../../src/cli/print-config.ts'
import { ROWS } from '../../src/config/options.ts'
import { type Given, resolved } from '../config/resolved.ts'

function textOf(argv: readonly string[], given: Given = {}): string[] {
  const { config, origins } = resolved(argv, given)
  return configText(config, origins, ROWS).split('\n')
}

/** The line of a key, with single spaces. */
function lineOf(key: string, lines: readonly string[]): string | undefined {
  return lines.find(line => line.startsWith(`${key} `))?.replace(/ +/g, ' ')
}

test('--print-config has a line for each option, with its value and where it came from', () => {
  const lines = textOf(['--workers=20', '-Ilib', '--umask=27', 'app.ts', '-E', 'test'], {
    env: { STARLIGHT_TIMEOUT: '5m', PLACK_ENV: 'development', PORT: '80' },
    file: { quiet: true },
  })
  assert.deepEqual(
    ['workers', 'include', 'umask', 'app', 'env', 'timeout', 'bodyTimeout', 'quiet', 'listen', 'user', 'backlog'].map(
      key => lineOf(key, lines),
    ),
    [
      'workers = 20 --workers',
      'include = ["/srv/app/lib"] -I',
      'umask = 027 --umask',
      'app = "app.ts" argument',
      'env = "development" PLACK_ENV, which beats -E',
      'timeout = 300 STARLIGHT_TIMEOUT',
      'bodyTimeout = 300 STARLIGHT_TIMEOUT',
      'quiet = true starlight.config.json',
      'listen = http://*:80 PORT',
      'user = (unset) default',
      'backlog = 2048 default',
    ],
  )
})

test('--print-config is aligned', () => {
  const lines = textOf([]).filter(line => line !== '')
  assert.equal(new Set(lines.map(line => line.indexOf(' = '))).size, 1)
  assert.equal(new Set(lines.map(line => line.lastIndexOf('  default'))).size, 1)
})

test('--print-config shows the addresses with what belongs to them', () => {
  const line = '-l unix:/a?mode=0660&owner=u&group=g -l [::]:80 -l 0.0.0.0:80 -l https://:443?key=k&cert=c'
  const texts = [
    'unix:/a (mode 0660, owner u, group g)',
    'http://[::]:80 (IPv6 only)',
    'http://0.0.0.0:80',
    'https://*:443 (certificate /srv/app/c)',
  ]
  assert.equal(lineOf('listen', textOf(line.split(' '))), `listen = ${texts.join(', ')} -l`)
})

test('--print-config=json is the same for a program', () => {
  const { config, origins } = resolved(['--workers=2'])
  const json = JSON.parse(configJson(config, origins, ROWS)) as Record<string, object>
  assert.deepEqual(json['workers'], { value: 2, from: '--workers', variable: 'STARLIGHT_WORKERS' })
  assert.deepEqual(json['user'], { value: null, from: 'default', variable: 'STARLIGHT_USER' })
  assert.deepEqual(json['listen'], {
    value: [{ kind: 'tcp', port: 5000 }],
    from: 'default',
    variable: 'STARLIGHT_LISTEN',
  })
  assert.equal(json['help'], undefined)
})
