// Whether somebody can debug this process.

/**
 * Whether its inspector is open. `node:inspector` costs each worker memory, so it is loaded only where Node was given an
 * --inspect option, or where the application has loaded it, which alone could open the inspector later.
 */
export function isInspectorOpen(): boolean {
  const { moduleLoadList } = process as unknown as { readonly moduleLoadList?: readonly string[] }
  const isAsked = process.execArgv.some(argument => argument.startsWith('--inspect'))
  if (!isAsked && moduleLoadList?.includes('NativeModule inspector') !== true) return false
  return process.getBuiltinModule('node:inspector').url() !== undefined
}
