// Percentiles of latencies in ms.
export function percentiles(latencies) {
  const sorted = Float64Array.from(latencies).sort()
  const at = part => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]
  return { p50: at(0.5), p99: at(0.99) }
}
