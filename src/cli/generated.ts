// Every file that is made from the option table. scripts/generate.mjs writes them and checks that they are fresh.
import { ROWS } from '../config/options.ts'
import { bashCompletion } from './completion/bash.ts'
import { fishCompletion } from './completion/fish.ts'
import { zshCompletion } from './completion/zsh.ts'
import { exitCodesPage } from './exit-codes-page.ts'
import { FETCH_OPTIONS } from './fetch-options.ts'
import { manPage } from './man.ts'
import { optionsPage } from './options-page.ts'
import { configSchema } from './schema.ts'

/** Content by path from the root of the repository. */
export function generatedFiles(): Readonly<Record<string, string>> {
  return {
    'man/starlight.1': manPage(ROWS, FETCH_OPTIONS),
    'completions/starlight.bash': bashCompletion(ROWS),
    'completions/_starlight': zshCompletion(ROWS),
    'completions/starlight.fish': fishCompletion(ROWS),
    'docs/options.md': optionsPage(ROWS, FETCH_OPTIONS),
    'docs/exit-codes.md': exitCodesPage(),
    'docs/starlight.config.schema.json': configSchema(ROWS),
  }
}

/** The completion script that --completion prints. */
export function completionFor(shell: 'bash' | 'zsh' | 'fish'): string {
  return { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion }[shell](ROWS)
}
