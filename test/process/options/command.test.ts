// What the options of src/config/options/command.ts do.
import { COMMAND_OPTIONS } from '../../../src/config/options/command.ts'
import { effectsOf } from './effects.ts'

const NOT_YET = ['config', 'print-config', 'check-config', 'completion', 'help', 'version']

effectsOf(COMMAND_OPTIONS, [], NOT_YET)
