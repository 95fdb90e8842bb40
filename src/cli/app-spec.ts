import type { AppSpec } from '../app/load.ts'
import type { Config } from '../config/config.ts'

/** What the configuration says about the application, in the loader's words. */
export function appSpecOf(config: Config, cwd: string): AppSpec {
  return {
    app: config.app,
    evaluate: config.evaluate,
    interface: config.interface,
    module: config.module,
    include: config.include,
    cwd,
  }
}
