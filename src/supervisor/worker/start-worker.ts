// The program of a worker process: keeps what it loads from here on compiled, so that the next worker starts sooner.
import { enableCompileCache } from '../../app/load/compile-cache.ts'

enableCompileCache()
await import('./worker.ts')
