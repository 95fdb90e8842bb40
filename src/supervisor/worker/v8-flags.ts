// When V8 begins to mark the heap.
import { setFlagsFromString } from 'node:v8'

/** Percent of what the heap may grow by between two marks. */
const GROWTH_USED = 80

/**
 * Lets V8 mark the heap when most of its growth is used up. By itself it begins as soon as less room is left than its young
 * generation has, up to 32 MB: a heap of 10 to 60 MB, which most applications have, never has more, and while buffers come and
 * go it is marked without a pause. Files of 1 MiB piped to clients on Node 26, 20 MB of other data: 3750 -> 1800 us of CPU
 * each (node:http 3040), at the same peak of memory; docs/adr/0010. A V8 without the flag says so on standard error and goes on.
 */
export function deferMarking(): void {
  setFlagsFromString(`--incremental-marking-hard-trigger=${GROWTH_USED}`)
}
