// The groups of tables: the servers that are comparable with each other, the loads they get, and what to know about them.
import { spawnSync } from 'node:child_process'
import { cpus } from 'node:os'
import { certificate } from './certificate.mjs'
import {
  BODY_LOADS,
  EVENT_LOADS,
  FLOOR_LOADS,
  H2_LOADS,
  H2C_LOADS,
  HALF_LOADS,
  IDLE_LOADS,
  LOADS,
  MIX_LOADS,
  PERL_BODY_LOADS,
  PERL_LOADS,
  TLS_LOADS,
  TRUST_LOADS,
} from './loads.mjs'
import {
  bodiesServersOf,
  http2ServersOf,
  manyServersOf,
  perlServersOf,
  serversOf,
  tlsServersOf,
  trustServersOf,
} from './servers.mjs'

const WORKERS = 4
const SINGLE = ['starlight psgi', 'starlight fetch', 'starlight node', 'node:http', 'bun', 'deno']
const CHILDREN = [Math.ceil(1.5 * cpus().length), 10]

export const GROUPS = {
  one: {
    title: 'One process',
    rounds: 6,
    together: true,
    servers: serversOf,
    loads: LOADS,
    mayTake: (server, load) => server.isFloor !== true || FLOOR_LOADS.includes(load),
  },
  tls: {
    title: 'TLS',
    rounds: 3,
    note: 'P-256 certificate, TLS 1.3. Handshakes: one for each request, by a client in Node, with the session of the connection before or without.',
    servers: node => tlsServersOf(node, certificate()),
    loads: TLS_LOADS,
  },
  h2: http2('HTTP/2 over TLS', H2_LOADS, certificate),
  h2c: http2('HTTP/2 without TLS (h2c)', H2C_LOADS, () => undefined),
  trust: {
    title: 'Behind a proxy, with --trusted-proxies and without',
    rounds: 8,
    together: true,
    servers: trustServersOf,
    loads: TRUST_LOADS,
  },
  mix: {
    title: `${WORKERS} processes, one request in ten blocks its process for 5 ms`,
    rounds: 3,
    note: '64 kept connections. At a constant rate latency counts from the moment at which a request was due.',
    servers: node => manyServersOf(node, WORKERS),
    loads: MIX_LOADS,
  },
  idle: {
    title: 'Beside 10,000 idle connections',
    rounds: 3,
    note: '64 busy connections. Bytes each: growth of the RSS of a fresh server by the number of idle connections, each of which has had one answer. By without: CPU per request by that without idle connections.',
    servers: node => pick(serversOf(node), SINGLE),
    loads: IDLE_LOADS,
  },
  half: {
    title: 'At half of saturation',
    rounds: 3,
    note: 'A constant rate of half of what wrk gets from this server, and the same rate of 12,000/s for all of them; latency counts from the moment at which a request was due. Lag: p99 of what the load generator itself was late.',
    servers: node => pick(serversOf(node), SINGLE),
    loads: HALF_LOADS,
  },
  bodies: {
    title: 'Bodies of fetch applications',
    rounds: 4,
    together: true,
    note: 'Pieces of 1 kB in a ReadableStream; one by one: each in another turn of the event loop. The file: `fs.openAsBlob`, in Bun `Bun.file`, in node:http a piped stream.',
    servers: bodiesServersOf,
    loads: BODY_LOADS,
  },
  events: {
    title: 'Event streams',
    rounds: 2,
    note: '1,000 clients, an event of 100 bytes for each of them every second: CPU of one event. Bytes each: growth of the RSS of a fresh server by the number of clients.',
    servers: bodiesServersOf,
    loads: EVENT_LOADS,
  },
  'perl-hello': perl('Perl, hello world', 'hello.psgi', { ...PERL_LOADS, ...PERL_BODY_LOADS }),
  // At a thousand requests a second V8 takes longer until it has optimized what it sees.
  'perl-dancer2': { ...perl('Perl, Dancer2', 'dancer2.psgi', PERL_LOADS), warmUp: { least: 12, most: 15 } },
}

function http2(title, loads, files) {
  return {
    title,
    rounds: 4,
    together: true,
    note: '8 connections with 10 streams each.',
    servers: node => http2ServersOf(node, files()),
    loads,
    needs: { programs: ['h2load'], debian: 'nghttp2-client' },
  }
}

function perl(title, file, loads) {
  return {
    title,
    rounds: 3,
    note: 'Preloaded. 32 connections. In starman and starlet a kept connection holds its child: as many as there are children are served, the others wait all the time, and no figure here shows their latency.',
    servers: node => perlServersOf(node, file, CHILDREN),
    loads,
    needs: {
      modules: ['Plack::Handler::Starlet', ...(file === 'hello.psgi' ? [] : ['Dancer2'])],
      programs: ['starman', 'plackup'],
      debian: 'starman starlet libplack-perl libdancer2-perl',
    },
  }
}

/** A sentence when something is missing that the group needs. */
export function lackOf({ needs }) {
  if (needs === undefined) return undefined
  const works = (program, ...args) => spawnSync(program, args, { stdio: 'ignore' }).status === 0
  const missing = [
    ...needs.programs.filter(program => !works('which', program)),
    ...(needs.modules ?? []).filter(module => !works('perl', `-M${module}`, '-e1')),
  ]
  return missing.length === 0
    ? undefined
    : `Skipped: ${missing.join(', ')} not found (Debian: apt-get install ${needs.debian})`
}

function pick(servers, names) {
  return Object.fromEntries(names.map(name => [name, servers[name]]))
}
