/** A share of a core for a process and all it starts, held to by the kernel (cgroup v1 or v2). */
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Short, so that what is held back is held back evenly. */
const PERIOD_US = 20_000

export interface CpuShare {
  /** Put before a command. */
  join: readonly string[]
  /** Once all in it have ended. */
  remove(): void
}

let made = 0

/** Null where this machine lets nobody make such a group. */
export function cpuShare(share: number): CpuShare | null {
  const quota = Math.round(PERIOD_US * share)
  for (const root of ['/sys/fs/cgroup/cpu', '/sys/fs/cgroup']) {
    const group = join(root, `avocet-bench-${process.pid}-${made++}`)
    try {
      mkdirSync(group)
      if (existsSync(join(group, 'cpu.max'))) writeFileSync(join(group, 'cpu.max'), `${quota} ${PERIOD_US}`)
      else {
        writeFileSync(join(group, 'cpu.cfs_period_us'), String(PERIOD_US))
        writeFileSync(join(group, 'cpu.cfs_quota_us'), String(quota))
      }
      return { join: ['sh', '-c', `echo $$ > ${group}/cgroup.procs && exec "$@"`, 'sh'], remove: () => rmdirSync(group) }
    } catch {
      // Not here, or not for us.
    }
  }
  return null
}
