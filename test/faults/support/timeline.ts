/** What a fault test did and saw, so that a failure can be read and run again. */
import { onTestFailed } from 'vitest'

/** A number to begin with: `AVOCET_FAULT_SEED`, or another one each time. */
export const SEED = Number(process.env.AVOCET_FAULT_SEED ?? Date.now() % 1_000_000)

/** Numbers in [0, 1) that follow from a seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export interface Timeline {
  note(what: string, facts?: object): void
}

/** A fresh timeline of the running test; printed as JSON, with the seed and the verdict, when it fails. */
export function openTimeline(verdict: () => unknown): Timeline {
  const from = performance.now()
  const events: object[] = []
  onTestFailed(({ task }) => {
    const errors = task.result?.errors?.map(({ message, stack }) => `${message}\n${stack}`.slice(0, 3000))
    console.error(JSON.stringify({ test: task.name, seed: SEED, errors, verdict: verdict(), timeline: events }, null, 1))
  })
  return { note: (what, facts = {}) => void events.push({ ms: Math.round(performance.now() - from), what, ...facts }) }
}
