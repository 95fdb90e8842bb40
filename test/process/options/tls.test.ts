// What the options of src/config/options/tls.ts do.
import { TLS_OPTIONS } from '../../../src/config/options/tls.ts'
import { effectsOf } from './effects.ts'

const NOT_YET = ['ssl', 'ssl-key-file', 'ssl-cert-file', 'ssl-ca-file', 'ssl-client-ca-file', 'ssl-verify-mode']

effectsOf(TLS_OPTIONS, [], NOT_YET)
