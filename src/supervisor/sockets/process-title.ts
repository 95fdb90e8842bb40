// What ps(1) shows of a process, so that the processes of two servers can be told apart.
import type { Config } from '../../config/config.ts'
import { appNameOf } from '../state/config-mapping.ts'
import type { BoundListener } from './bind.ts'

/** `starlight master [app.ts :5000]`: what ps(1) shows. The kernel's place for it is as long as the command line was. */
export function processTitle(
  role: 'master' | 'worker' | '',
  config: Config,
  listeners: readonly Pick<BoundListener, 'address'>[],
): string {
  const words = ['starlight', role, `[${[appNameOf(config), ...listeners.map(shortPlaceOf)].join(' ')}]`]
  return words.filter(word => word !== '').join(' ')
}

function shortPlaceOf({ address }: Pick<BoundListener, 'address'>): string {
  if (address.kind === 'tcp') return `:${address.port}`
  return address.kind === 'unix' ? address.path : `@${address.name}`
}
