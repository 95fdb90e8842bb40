// Where the command loads nothing but the tool itself.
import { createRequire } from 'node:module'

if (globalThis.watched === undefined) createRequire(import.meta.url)(process.env.WATCH)
