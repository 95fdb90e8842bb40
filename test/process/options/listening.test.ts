// What the options of src/config/options/listening.ts do.
import { LISTENING_OPTIONS } from '../../../src/config/options/listening.ts'
import { effectsOf } from './effects.ts'

const NOT_YET = [
  'listen',
  'balance',
  'host',
  'port',
  'socket',
  'socket-mode',
  'socket-owner',
  'socket-group',
  'ipv6',
  'backlog',
]

effectsOf(LISTENING_OPTIONS, [], NOT_YET)
