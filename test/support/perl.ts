// Whether the tests that need Perl can run here.
import { spawnSync } from 'node:child_process'

/** Set where a skipped test would be a lie: in CI. */
const isNeeded = process.env['STARLIGHT_NEEDS_PERL'] === '1'

/** For `test(name, { skip: lacksPerl('LWP') }, ...)`: false, or what is missing. Where STARLIGHT_NEEDS_PERL is 1, nothing is skipped. */
export function lacksPerl(...modules: readonly string[]): false | string {
  if (isNeeded) return false
  const isThere = spawnSync('perl', [...modules.map(name => `-M${name}`), '-e', '1']).status === 0
  return isThere ? false : `Perl with ${modules.join(', ')} is needed`
}

/** The same for Plack. */
export const PERL_SKIP: false | string = lacksPerl('Plack::Runner')
