// What is measured: name, command, and which loads it can be given.
import { fileURLToPath } from 'node:url'

const here = path => fileURLToPath(new URL(path, import.meta.url))
const BIN = here('../bin/starlight.js')
const app = name => here(`apps/${name}.mjs`)

/** `node`: the Node binary to run with. Each gives a command for a port; `args`: options of the load, such as TLS. */
export function serversOf(node) {
  const starlight = (name, options = []) => ({
    family: 'starlight',
    takesOptions: true,
    command: (port, more = []) => [
      node,
      BIN,
      '--workers=0',
      '--quiet',
      '--host=127.0.0.1',
      `--port=${port}`,
      ...options,
      ...more,
      app(name),
    ],
  })
  const peer = (kind, runtime = [node]) => ({
    family: 'peer',
    command: port => [...runtime, app('serve'), kind, String(port)],
  })
  return {
    'starlight psgi': starlight('psgi'),
    'starlight fetch': starlight('fetch'),
    'starlight node': starlight('node'),
    'starlight hono': starlight('hono'),
    'starlight express': starlight('express'),
    'starlight fastify': starlight('fastify'),
    'starlight koa': starlight('koa'),
    'node:http': peer('node:http'),
    express: peer('express'),
    fastify: peer('fastify'),
    koa: peer('koa'),
    hono: peer('hono'),
    srvx: peer('srvx'),
    bun: peer('bun', [here('node_modules/@oven/bun-linux-x64/bin/bun')]),
    deno: peer('deno', [here('node_modules/@deno/linux-x64-glibc/deno'), 'run', '-A', '--no-lock']),
    'node:net floor': peer('node:net'),
  }
}
