/** Processes that the kernel holds to a limit together (cgroup v1 or v2). */
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

export interface ProcessGroup {
  folder: string
  /** Put before a command: it and all it starts are in the group. */
  join: readonly string[]
  /** Once its processes have been told to end: the last of them may still be dying. */
  remove(): Promise<void>
}

/** A controller's folder, and what is written into a group of it, by file. */
export type Limits = readonly [root: string, limits: Readonly<Record<string, string>>]

let made = 0

/** A group under the first of these that this machine lets us make; null where it lets nobody make one. */
export function processGroup(...kinds: readonly Limits[]): ProcessGroup | null {
  for (const [root, limits] of kinds) {
    const folder = join(root, `avocet-${process.pid}-${made++}`)
    try {
      mkdirSync(folder)
      for (const [file, limit] of Object.entries(limits)) writeFileSync(join(folder, file), limit)
    } catch {
      if (existsSync(folder)) rmdirSync(folder)
      continue
    }
    return {
      folder,
      join: ['sh', '-c', `echo $$ > ${folder}/cgroup.procs && exec "$@"`, 'sh'],
      async remove() {
        for (let look = 0; look < 300 && !gone(folder); look++) await setTimeout(100)
      },
    }
  }
  return null
}

function gone(folder: string): boolean {
  try {
    rmdirSync(folder)
    return true
  } catch {
    return false
  }
}
