import { setTimeout } from 'node:timers/promises'
import { askDaemon, type DaemonStatus } from '../control.ts'

const LOOK_EVERY_MS = 1_000

/** Lets the daemon of this host finish what it does, claim no more, and end; returns when it has. Exit code 3 when none runs. */
export async function drain(stateDir: string): Promise<number> {
  if (!(await askDaemon(stateDir, 'POST', '/drain'))) {
    console.log(`No daemon runs here (looked in ${stateDir}).`)
    return 3
  }
  let left = -1
  for (;;) {
    const told = await askDaemon<DaemonStatus>(stateDir, 'GET', '/status').catch(() => null)
    // Gone, or gone and started again by its supervisor.
    if (!told?.draining) break
    if (told.jobs.length !== left) console.log(told.jobs.length === 1 ? 'finishing 1 job' : `finishing ${told.jobs.length} jobs`)
    left = told.jobs.length
    await setTimeout(LOOK_EVERY_MS)
  }
  console.log('drained')
  return 0
}
