// Before anything else of Starlight is loaded, which needs a newer Node to be understood: in words that old versions understand too.
const NEEDED = [20, 19]

/** Ends the process with one sentence where Node is too old. */
export function needNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1])) return
  console.error(`starlight: Cannot run on Node ${process.versions.node}: Node ${NEEDED.join('.')} or later is needed`)
  process.exit(2)
}
