/** Commands that ask a running server. */
export const CONTROL_NAMES = [
  'status',
  'ps',
  'top',
  'reload',
  'upgrade',
  'reopen',
  'scale',
  'drain',
  'stack',
  'stop',
] as const

export type ControlName = (typeof CONTROL_NAMES)[number]

export function isControlCommand(name: string | undefined): name is ControlName {
  return (CONTROL_NAMES as readonly (string | undefined)[]).includes(name)
}
