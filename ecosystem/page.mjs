// docs/frameworks.md, made of what the runs found. Results are kept, so that the page can be made in several runs.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { IGNORED, IGNORED_OF_EXPORTS } from './compare.mjs'
import { FRAMEWORKS } from './frameworks.mjs'

const RESULTS = join(import.meta.dirname, 'results.json')
const PAGE = join(import.meta.dirname, '..', 'docs', 'frameworks.md')

/** Adds the results of a run to those of earlier ones and writes the page. A framework that is not asked any more is forgotten. */
export function writePage(results) {
  const node = process.versions.node
  const fresh = results.map(({ framework, version, checks, faults }) => {
    return [framework.name, { version, checks, passed: checks - failedChecks(faults), node }]
  })
  const all = { ...JSON.parse(readFileSync(RESULTS, 'utf8')), ...Object.fromEntries(fresh) }
  const known = FRAMEWORKS.filter(({ name }) => name in all).map(({ name }) => [name, all[name]])
  writeFileSync(RESULTS, `${JSON.stringify(Object.fromEntries(known), null, 2)}\n`)
  writeFileSync(PAGE, page(Object.fromEntries(known)))
}

/** The page as the results that are kept make it. */
export function pageOfResults() {
  return page(JSON.parse(readFileSync(RESULTS, 'utf8')))
}

/** A check may have several faults; each begins with its name. */
function failedChecks(faults) {
  return new Set(faults.map(fault => fault.slice(0, fault.indexOf(': ')))).size
}

function page(results) {
  const tried = FRAMEWORKS.filter(({ name }) => name in results)
  return `# How do I run X?

<!-- Made by "npm run ecosystem -- --page". -->

\`starlight server.js\`, in place of \`node server.js\`: the file that a framework's own documentation starts is served as it is, see
[files that listen by themselves](apps.md#files-that-listen-by-themselves). An application that is exported needs no server package.

| framework | version | command | same answers | what to know |
| --- | --- | --- | --- | --- |
${tried.map(row(results)).join('\n')}

## What was checked

Each application ran on its own server and on Starlight with two workers, and both got the same bytes. The programs are in
[ecosystem](../ecosystem/README.md): what the first page of each documentation shows, with some routes more.

- Of each: GET and HEAD, HTTP/1.0, \`Connection: close\`, kept connections, pipelined requests, a request byte by byte, OPTIONS and DELETE, 404, clients that
  leave during an upload or an answer, a reload under load, and the end by TERM with exit code 0.
- Where the application has it: JSON (with a length, in chunks, 60 kB, behind \`Expect: 100-continue\`, broken), forms, multipart, a stream, server-sent events,
  cookies, redirects, a file with \`Range\` and \`If-None-Match\`, an error that is thrown, WebSockets with ping and close, queries, mutations and subscriptions.

Status, reason, fields, framing and body are compared, but for:

| not compared | why |
| --- | --- |
${reasons(IGNORED)}

Of an application that is exported, also:

| not compared | why |
| --- | --- |
${reasons(IGNORED_OF_EXPORTS)}

What a client sees of a broken request is Starlight's matter and not the framework's: [http.md](http.md).

## Several workers

- What a program keeps in memory is there once in each worker: counters, sessions, rooms, caches. [Messages between workers](apps.md#the-worker-and-the-others), a
  database or Redis bring them together.
- Socket.IO's default client begins with polling, whose requests have to come to one worker: \`--balance=sticky\`, and the adapter for rooms of all workers,
  see [Socket.IO](apps.md#socketio).
- A framework's own \`cluster\` example is not needed: leave out \`cluster.fork\`.
- Hooks of the end (\`enableShutdownHooks\` of NestJS, \`onClose\` of Fastify, listeners of SIGTERM) are called behind the last answer, see
  [start and end](apps.md#start-and-end).
`
}

function row(results) {
  return ({ name, file, folder, command = folder ? `starlight ${file}` : 'starlight server.js', know = '' }) => {
    const { version, checks, passed, node } = results[name]
    const source = folder === undefined ? `apps/${file}` : `built/${folder}`
    return `| [${name}](../ecosystem/${source}) | ${version} | \`${command}\` | ${passed} of ${checks}, Node ${Number.parseInt(node, 10)} | ${know} |`
  }
}

function reasons(table) {
  return Object.entries(table)
    .map(([what, why]) => `| ${what} | ${why} |`)
    .join('\n')
}
