// Built working trees of commits, in folders of their own, until they are removed.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export function checkouts(root) {
  const folders = []
  const git = (...args) => execFileSync('git', args, { cwd: root })
  // What is compiled may be older than the sources: everything is built anew.
  const build = folder => execFileSync('npm', ['run', '--silent', 'build'], { cwd: folder, stdio: 'inherit' })

  /** Of a commit, or of the working tree itself. */
  function of(commit) {
    if (commit === undefined) {
      build(root)
      return root
    }
    const parent = mkdtempSync(join(tmpdir(), 'starlight-guard-'))
    const folder = join(parent, 'tree')
    folders.push(parent)
    git('worktree', 'add', '--quiet', '--detach', folder, commit)
    // In a linked worktree this may be a link already; a link to a link would depend on where that one leads.
    symlinkSync(realpathSync(join(root, 'node_modules')), join(folder, 'node_modules'))
    build(folder)
    return folder
  }

  function remove() {
    for (const parent of folders) {
      // --force: what was built in it is no part of the commit.
      git('worktree', 'remove', '--force', join(parent, 'tree'))
      rmSync(parent, { recursive: true, force: true })
    }
  }
  return { of, remove }
}
