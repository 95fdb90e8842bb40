// What is measured: name -> command for a port.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const here = path => fileURLToPath(new URL(path, import.meta.url))
const BIN = here('../bin/starlight.js')
const BUN = [here('node_modules/@oven/bun-linux-x64/bin/bun')]
const DENO = [here('node_modules/@deno/linux-x64-glibc/deno'), 'run', '-A', '--no-lock', '--unstable-net']
const app = name => here(`apps/${name.includes('.') ? name : `${name}.mjs`}`)

/** Starlight on this Node, as a single process with room for all idle connections unless `options` say otherwise. */
export function starlight(node, name, options = ['--workers=0', '--max-connections=20000']) {
  const command = port => [node, BIN, '--quiet', '--host=127.0.0.1', `--port=${port}`, ...options, app(name)]
  return { command }
}

/** The program serve.mjs on a runtime. */
export function peer(runtime, kind, more = []) {
  return { command: port => [...runtime, app('serve'), kind, String(port), ...more] }
}

/** One process each. */
export function serversOf(node) {
  return {
    'starlight psgi': starlight(node, 'psgi'),
    'starlight fetch': starlight(node, 'fetch'),
    'starlight node': starlight(node, 'node'),
    'starlight hono': starlight(node, 'hono'),
    'starlight express': starlight(node, 'express'),
    'starlight fastify': starlight(node, 'fastify'),
    'starlight koa': starlight(node, 'koa'),
    'node:http': peer([node], 'node:http'),
    express: peer([node], 'express'),
    fastify: peer([node], 'fastify'),
    koa: peer([node], 'koa'),
    hono: peer([node], 'hono'),
    srvx: peer([node], 'srvx'),
    bun: peer(BUN, 'bun'),
    deno: peer(DENO, 'deno'),
    'node:net floor': { ...peer([node], 'node:net'), isFloor: true },
  }
}

/** With TLS, all with one certificate. */
export function tlsServersOf(node, { keyFile, certFile }) {
  const options = ['--workers=0', '--ssl', `--ssl-key-file=${keyFile}`, `--ssl-cert-file=${certFile}`]
  const files = [JSON.stringify({ keyFile, certFile })]
  const servers = {
    'starlight fetch': starlight(node, 'fetch', options),
    'starlight node': starlight(node, 'node', options),
    'node:https': peer([node], 'node:http', files),
    bun: peer(BUN, 'bun', files),
    deno: peer(DENO, 'deno', files),
  }
  return Object.fromEntries(Object.entries(servers).map(([name, server]) => [name, { ...server, isTls: true }]))
}

/** Servers of the application with bodies of all kinds. */
export function bodiesServersOf(node) {
  const named = [JSON.stringify({ name: 'bodies' })]
  return {
    'starlight fetch': starlight(node, 'bodies'),
    'node:http': peer([node], 'node:http', named),
    '@hono/node-server': peer([node], 'hono', named),
    bun: peer(BUN, 'bun', named),
    deno: peer(DENO, 'deno', named),
  }
}

/** With and without trust in the proxy in front. */
export function trustServersOf(node) {
  const options = ['--workers=0']
  const trusts = [...options, '--trusted-proxies=loopback']
  const pairs = ['psgi', 'fetch', 'node'].flatMap(name => [
    [`starlight ${name}`, starlight(node, name, options)],
    [`starlight ${name}, trusting`, starlight(node, name, trusts)],
  ])
  return Object.fromEntries(pairs)
}

/** HTTP/2, over TLS where there is a certificate. What Express costs over HTTP/1 is in the group `one`. */
export function http2ServersOf(node, files) {
  const listen = files ? [`--ssl-key-file=${files.keyFile}`, `--ssl-cert-file=${files.certFile}`] : []
  const own = name => ({
    command: port => [
      ...[node, BIN, '--quiet', '--workers=0', ...(files ? ['--ssl', ...listen] : [])],
      ...[`--listen=127.0.0.1:${port}${files ? '' : ':h2c'}`, app(name)],
    ],
  })
  const more = files ? [JSON.stringify(files)] : []
  const servers = {
    'starlight psgi': own('psgi'),
    'starlight fetch': own('fetch'),
    'starlight node': own('node'),
    'starlight express': own('express'),
    'node:http2, streams': peer([node], 'node:http2', more),
    'node:http2, compatibility': peer([node], 'node:http2 compat', more),
    deno: peer(DENO, 'deno', more),
  }
  return Object.fromEntries(
    Object.entries(servers).map(([name, server]) => [name, { ...server, isTls: files !== undefined }]),
  )
}

/** Several processes that share a port. */
export function manyServersOf(node, count) {
  const many = (runtime, kind) => ({
    command: port => [...runtime, app('serve-many'), kind, String(port), String(count)],
    processes: count,
  })
  return {
    'starlight fetch': { ...starlight(node, 'fetch', [`--workers=${count}`]), processes: count },
    'starlight node': { ...starlight(node, 'node', [`--workers=${count}`]), processes: count },
    'node:http, cluster': many([node], 'node:http'),
    bun: many(BUN, 'bun'),
    deno: many(DENO, 'deno'),
  }
}

/** Perl applications, loaded before the children are forked. Classical servers, in which a connection holds its child. */
export function perlServersOf(node, file, children) {
  // Starlet replaces a child after 100 requests and Starman after 1000, where the others replace none; a hello world costs Starlet 14 times as much with it.
  const forEver = '1000000'
  const starlet = options => ({
    command: port => [
      'plackup',
      '-s',
      'Starlet',
      '-E',
      'deployment',
      ...at(port),
      `--max-reqs-per-child=${forEver}`,
      ...options,
      app(file),
    ],
  })
  const at = port => ['--host=127.0.0.1', `--port=${port}`]
  // Debian: uwsgi-plugin-psgi.
  const uwsgi = count => ({
    command: port => [
      ...['uwsgi', '--plugin', 'psgi', '--master', '--disable-logging', `--processes=${count}`],
      ...['--http-socket', `127.0.0.1:${port}`, '--psgi', app(file)],
    ],
  })
  const servers = count => ({
    [`starlight, ${count} children`]: starlight(node, file, [`--workers=${count}`, '--preload-app']),
    [`starman, ${count} children`]: {
      command: port => [
        'starman',
        '--preload-app',
        '-E',
        'deployment',
        `--workers=${count}`,
        `--max-requests=${forEver}`,
        ...at(port),
        app(file),
      ],
    },
    [`starlet, ${count} children`]: starlet([`--max-workers=${count}`]),
    [`starlet kept, ${count} children`]: starlet([`--max-workers=${count}`, `--max-keepalive-reqs=${forEver}`]),
    ...(spawnSync('which', ['uwsgi']).status === 0 ? { [`uwsgi, ${count} children`]: uwsgi(count) } : {}),
  })
  return Object.assign({}, ...children.map(servers))
}
