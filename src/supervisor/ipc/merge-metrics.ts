// The figures that applications of several workers have registered, as one text in Prometheus' format.

/** Families with the same name become one; each sample gets the worker that it came from as a label. */
export function mergedFamilies(texts: ReadonlyMap<number, string>, label = 'worker'): string {
  const families = new Map<string, { head: string[]; samples: string[] }>()
  for (const [slot, text] of texts) {
    let current: { head: string[]; samples: string[] } | undefined
    const isKnown = new Set(families.keys())
    for (const line of text.split('\n')) {
      const name = /^# (?:HELP|TYPE) (\S+)/.exec(line)?.[1]
      if (name !== undefined) {
        current = families.get(name) ?? { head: [], samples: [] }
        families.set(name, current)
        if (!isKnown.has(name)) current.head.push(line)
      } else if (line !== '' && !line.startsWith('#')) current?.samples.push(withLabel(line, `${label}="${slot}"`))
    }
  }
  return [...families.values()].map(({ head, samples }) => [...head, ...samples, ''].join('\n')).join('')
}

/** `name{a="b"} 1` and `name 1` get one label more. Braces may stand in values too, so the last one before the value counts. */
function withLabel(sample: string, label: string): string {
  const nameEnd = sample.search(/[\s{]/)
  const name = sample.slice(0, nameEnd)
  if (sample[nameEnd] !== '{') return `${name}{${label}}${sample.slice(nameEnd)}`
  const labelsEnd = sample.lastIndexOf('}')
  const labels = sample.slice(nameEnd + 1, labelsEnd)
  return `${name}{${labels === '' ? '' : `${labels},`}${label}}${sample.slice(labelsEnd + 1)}`
}
