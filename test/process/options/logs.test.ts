// What the options of src/config/options/logs.ts do.
import { LOG_OPTIONS } from '../../../src/config/options/logs.ts'
import { effectsOf } from './effects.ts'

const NOT_YET = ['access-log', 'access-log-format', 'error-log', 'quiet', 'server-header']

effectsOf(LOG_OPTIONS, [], NOT_YET)
