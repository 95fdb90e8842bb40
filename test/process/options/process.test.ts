// What the options of src/config/options/process.ts do.
import { PROCESS_OPTIONS } from '../../../src/config/options/process.ts'
import { effectsOf } from './effects.ts'

const NOT_YET = ['daemonize', 'pid', 'admin', 'control-socket', 'user', 'group', 'umask']

effectsOf(PROCESS_OPTIONS, [], NOT_YET)
