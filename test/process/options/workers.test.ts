// What the options of src/config/options/workers.ts do.
import { WORKER_OPTIONS } from '../../../src/config/options/workers.ts'
import { effectsOf } from './effects.ts'

const NOT_YET = [
  'workers',
  'threads',
  'max-reqs-per-child',
  'min-reqs-per-child',
  'max-age-per-child',
  'max-memory-per-child',
  'restart-batch',
  'fail-fast',
  'spawn-interval',
  'main-process-delay',
  'graceful-timeout',
  'upgrade-timeout',
  'boot-timeout',
  'watchdog',
  'worker-timeout',
]

effectsOf(WORKER_OPTIONS, [], NOT_YET)
