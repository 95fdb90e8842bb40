// What the options of src/config/options/perl.ts do.
import { PERL_OPTIONS } from '../../../src/config/options/perl.ts'
import { effectsOf } from './effects.ts'

const NOT_YET = ['perl', 'front-workers', 'preload-app', 'stream-input', 'zygote-fd', 'queue', 'queue-timeout']

effectsOf(PERL_OPTIONS, [], NOT_YET)
