// How many CPUs this process may use. In a container the machine's number is a lie: the quota of the control group counts.

export interface CpuFacts {
  /** os.availableParallelism(): the CPU set (affinity) is in it, the quota is not. */
  readonly parallelism: number
  /** Text of a file of /proc or /sys, undefined when it cannot be read. */
  readonly readText: (path: string) => string | undefined
}

/** CPUs as a whole number, at least 1. A quota of 2.5 is 2: a third process would only be throttled. */
export function usableCpus({ parallelism, readText }: CpuFacts): number {
  const quotas = (readText('/proc/self/cgroup') ?? '').split('\n').map(line => quotaOf(line, readText))
  return Math.max(1, Math.floor(Math.min(parallelism, ...quotas)))
}

/** A line of /proc/self/cgroup is `0::/path` for version 2 and `4:cpu,cpuacct:/path` for version 1 (cgroups(7)). */
function quotaOf(line: string, readText: CpuFacts['readText']): number {
  const [, hierarchy, controllers = '', path = ''] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? []
  if (hierarchy === '0') return Math.min(...folders('/sys/fs/cgroup', path).map(folder => version2(folder, readText)))
  if (!controllers.split(',').includes('cpu')) return Number.POSITIVE_INFINITY
  const mounts = ['/sys/fs/cgroup/cpu', `/sys/fs/cgroup/${controllers}`]
  return Math.min(...mounts.flatMap(mount => folders(mount, path)).map(folder => version1(folder, readText)))
}

/** Every folder from the process's own up to the mount: a parent's quota holds too, and inside a container only the mount is there. */
function folders(mount: string, path: string): string[] {
  const names = path.split('/').filter(name => name !== '' && name !== '..')
  return [mount, ...names.map((_, i) => `${mount}/${names.slice(0, i + 1).join('/')}`)]
}

/** `cpu.max` is "200000 100000": microseconds in each period, or "max 100000". */
function version2(folder: string, readText: CpuFacts['readText']): number {
  const [quota, period] = (readText(`${folder}/cpu.max`) ?? '').trim().split(/\s+/)
  return share(quota, period)
}

function version1(folder: string, readText: CpuFacts['readText']): number {
  return share(readText(`${folder}/cpu.cfs_quota_us`), readText(`${folder}/cpu.cfs_period_us`))
}

/** No limit ("max", -1) and what cannot be read bound nothing. */
function share(quota: string | undefined, period: string | undefined): number {
  const cpus = Number(quota?.trim()) / Number(period?.trim())
  return Number.isFinite(cpus) && cpus > 0 ? cpus : Number.POSITIVE_INFINITY
}
