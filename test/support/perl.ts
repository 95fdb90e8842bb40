// Whether the tests that need Perl can run here.
import { spawnSync } from 'node:child_process'

/** Set where a skipped test would be a lie: in CI. */
export const PERL_NEEDED: boolean = process.env['STARLIGHT_NEEDS_PERL'] === '1'
const hasPlack = spawnSync('perl', ['-MPlack::Runner', '-e', '1']).status === 0

/** For `test(name, { skip: PERL_SKIP }, ...)`: false, or what is missing. Where STARLIGHT_NEEDS_PERL is 1, nothing is skipped. */
export const PERL_SKIP: false | string =
  hasPlack || PERL_NEEDED ? false : 'Perl with Plack is needed (Debian: libplack-perl)'
