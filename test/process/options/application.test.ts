// What the options of src/config/options/application.ts do.
import { APPLICATION_OPTIONS } from '../../../src/config/options/application.ts'
import { effectsOf } from './effects.ts'

const NOT_YET = [
  'app',
  'evaluate',
  'interface',
  'include',
  'module',
  'env',
  'path',
  'server',
  'loader',
  'default-middleware',
]

effectsOf(APPLICATION_OPTIONS, [], NOT_YET)
