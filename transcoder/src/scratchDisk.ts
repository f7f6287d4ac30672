import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { log } from './log.ts'

const TRIAL = Buffer.alloc(1024 * 1024)
const AGAIN_MS = 5_000

/** Resolves when the folder takes a file, or `signal` aborts: a host whose disk is full or broken claims nothing, and says so. */
export async function writable(folder: string, signal: AbortSignal): Promise<void> {
  for (let isFit = true; !signal.aborted; ) {
    const trouble = await tried(folder)
    if (trouble === null) {
      if (!isFit) log.info('fit again: the scratch folder can be written to')
      return
    }
    if (isFit) log.error({ folder, error: trouble }, 'unfit: the scratch folder cannot be written to')
    isFit = false
    await setTimeout(AGAIN_MS, null, { signal }).catch(() => {})
  }
}

async function tried(folder: string): Promise<string | null> {
  // A name of its own: the lanes of a host look side by side.
  const file = join(folder, `.trial-${Math.random()}`)
  try {
    await writeFile(file, TRIAL)
    return null
  } catch (error) {
    return String(error)
  } finally {
    await rm(file, { force: true }).catch(() => {})
  }
}
