// What the options of src/config/options/timeouts.ts do.
import { TIMEOUT_OPTIONS } from '../../../src/config/options/timeouts.ts'
import { effectsOf } from './effects.ts'

const NOT_YET = [
  'timeout',
  'head-timeout',
  'body-timeout',
  'body-min-rate',
  'write-timeout',
  'request-timeout',
  'keepalive-timeout',
]

effectsOf(TIMEOUT_OPTIONS, [], NOT_YET)
