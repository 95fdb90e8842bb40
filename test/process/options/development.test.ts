// What the options of src/config/options/development.ts do.
import { DEVELOPMENT_OPTIONS } from '../../../src/config/options/development.ts'
import { effectsOf } from './effects.ts'

const NOT_YET = ['reload', 'reload-paths']

effectsOf(DEVELOPMENT_OPTIONS, [], NOT_YET)
