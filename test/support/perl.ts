// Whether the tests that need Perl can run here.
import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { ROOT } from './root.ts'

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

/** The same for perl alone. */
export const PLAIN_PERL_SKIP: false | string = lacksPerl()

/** What `code`, a hash or array reference of Perl, is once Starlight::Host::`name` is loaded. */
export function ofPerlModule(name: string, code: string): unknown {
  const program = `use JSON::PP; print JSON::PP->new->canonical->encode(${code})`
  const library = join(ROOT, 'perl', 'lib')
  return JSON.parse(
    execFileSync('perl', ['-I', library, `-MStarlight::Host::${name}`, '-e', program], { encoding: 'utf8' }),
  )
}
