// package-lock.json names versions and their hashes, never hosts: whoever installs decides where packages come from, and
// nobody's private mirror ends up in the repository.
import { report, textOf } from './files.mjs'

const lock = JSON.parse(textOf('package-lock.json'))
const offences = []
for (const [path, entry] of Object.entries(lock.packages)) {
  if (path === '' || entry.link) continue
  if (entry.resolved !== undefined)
    offences.push(`${path}: "resolved" is "${entry.resolved}", it must be left out (omit-lockfile-registry-resolved)`)
  if (entry.integrity === undefined && !entry.inBundle) offences.push(`${path}: has no "integrity"`)
}
report('Entries of package-lock.json (scripts/check-lock.mjs)', offences)
