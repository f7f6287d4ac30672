/** Whether this host can work at all. One that cannot claims nothing, says so, and goes on by itself when it can again. */
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { log } from './log.ts'
import { unfitGauge } from './metrics.ts'

const TRIAL = Buffer.alloc(1024 * 1024)
const AGAIN_MS = 5_000
const ASK_MS = 10_000

export interface Need {
  name: 'disk' | 'clock'
  /** What to say. */
  unfit: string
  fit: string
  /** What is wrong, or null. */
  trouble(): Promise<string | null>
}

const unfit = new Map<Need['name'], string>()

/** What keeps this host from claiming, in words; empty when nothing does. */
export const troubles = (): string[] => [...unfit.values()]

/** Resolves when nothing is wrong, or `signal` aborts. */
export async function untilFit(needs: readonly Need[], signal: AbortSignal): Promise<void> {
  for (const need of needs) {
    while (!signal.aborted) {
      const trouble = await need.trouble()
      note(need, trouble)
      if (trouble === null) break
      await setTimeout(AGAIN_MS, null, { signal }).catch(() => {})
    }
  }
}

/** Each change is logged once, however many lanes look. */
function note(need: Need, trouble: string | null): void {
  const isKnown = unfit.has(need.name)
  if (trouble === null) unfit.delete(need.name)
  else unfit.set(need.name, need.unfit)
  unfitGauge.set({ why: need.name }, trouble === null ? 0 : 1)
  if (trouble !== null && !isKnown) log.error({ error: trouble }, `unfit: ${need.unfit}`)
  if (trouble === null && isKnown) log.info(`fit again: ${need.fit}`)
}

/** The scratch folder takes a file. */
export const diskNeed = (folder: string): Need => ({
  name: 'disk',
  unfit: 'the scratch folder cannot be written to',
  fit: 'the scratch folder can be written to',
  trouble: () => tried(folder),
})

async function tried(folder: string): Promise<string | null> {
  // A name of its own: the lanes of a host look side by side.
  const file = join(folder, `.trial-${Math.random()}`)
  try {
    await writeFile(file, TRIAL)
    return null
  } catch (error) {
    return `${folder}: ${error}`
  } finally {
    await rm(file, { force: true }).catch(() => {})
  }
}

let timeRefused = false

/** A job failed because the object store refuses the time of our signatures: before more is claimed, it is asked whether it still does. */
export function doubtClock(): void {
  timeRefused = true
}

/** The object store takes the time of our signatures. It is asked only after it refused. */
export const clockNeed = (isRefused: (signal: AbortSignal) => Promise<boolean>): Need => ({
  name: 'clock',
  unfit: 'the clock is wrong and the object store refuses what this host signs',
  fit: 'the object store takes what this host signs',
  async trouble() {
    if (!timeRefused) return null
    try {
      timeRefused = await isRefused(AbortSignal.timeout(ASK_MS))
      return timeRefused ? 'RequestTimeTooSkewed' : null
    } catch (error) {
      return String(error)
    }
  },
})
