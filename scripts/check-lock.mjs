// Lock files name versions and their hashes, never hosts: whoever installs decides where packages come from, and
// nobody's private mirror ends up in the repository.
import { filesBelow, report, textOf } from './files.mjs'

const offences = []
const locks = ['bench', 'ecosystem', 'mutation'].flatMap(folder => filesBelow(folder, 'package-lock.json'))
for (const file of ['package-lock.json', ...locks]) check(file, JSON.parse(textOf(file)))
report('Entries of lock files (scripts/check-lock.mjs)', offences)

function check(file, lock) {
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (path === '' || entry.link) continue
    const where = `${file}, ${path}`
    if (entry.resolved !== undefined)
      offences.push(
        `${where}: "resolved" is "${entry.resolved}", it must be left out (omit-lockfile-registry-resolved)`,
      )
    if (entry.funding !== undefined) offences.push(`${where}: "funding" names a host, it must be left out`)
    if (entry.integrity === undefined && !entry.inBundle) offences.push(`${where}: has no "integrity"`)
  }
}
