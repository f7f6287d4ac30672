import { setTimeout } from 'node:timers/promises'
import type { JobKind, JobLease } from '@avocet/shared/job'
import { jobsEnded, mediaSeconds, queueWait, wallSeconds } from './metrics.ts'

/** A job this host works on. */
export interface Running {
  job: string
  kind: JobKind
  encode: string
  /** What of the encode: a piece with its chunk, or a sound stream. */
  part: string
  epoch: number
  /** 0 to 1. */
  progress: number
  startedAt: number
  /** Seconds of the video made per second so far; 0 where that says nothing. */
  readonly speed: number
  /** What is left of it is storing what was made. */
  isEncoded: boolean
}

const running = new Map<string, Running>()
/** Jobs that playback waits for: the lowest rungs of first chunks. */
const beginnings = new Map<string, PromiseWithResolvers<void>>()

export const runningJobs = (): Running[] => [...running.values()]

/** A job as log lines name it. */
export const nameOf = ({ id, epoch, encodeId, task }: JobLease) => ({
  job: id,
  kind: task.kind,
  epoch,
  encode: encodeId,
  ...(task.kind === 'encode' ? { chunk: task.chunk.index, encoder: task.encoder } : task.kind === 'audio' ? { stream: task.stream.name } : {}),
})

/** Notes that a job runs. `ended` says how it went. */
export function begin(lease: JobLease): { readonly now: Running; progressed(progress: number): void; encoded(): void; ended(result: 'done' | 'failed' | 'released' | 'lost'): void } {
  const { task } = lease
  const part = task.kind === 'encode' ? `chunk ${task.chunk.index}: ${task.rungs.map(({ name }) => name).join(' ')}` : task.kind === 'audio' ? task.stream.name : ''
  const begunAt = performance.now()
  const media = mediaSecondsOf(lease)
  const one: Running = {
    job: lease.id,
    kind: task.kind,
    encode: lease.encodeId,
    part,
    epoch: lease.epoch,
    progress: 0,
    startedAt: Date.now(),
    isEncoded: false,
    get speed() {
      return Math.round((100 * one.progress * media * 1000) / Math.max(1, performance.now() - begunAt)) / 100
    },
  }
  running.set(lease.id, one)
  if (isBeginning(lease)) beginnings.set(lease.id, Promise.withResolvers())
  if (lease.waitedMs !== undefined) queueWait.observe({ kind: task.kind }, lease.waitedMs / 1000)
  return {
    now: one,
    progressed: (progress) => {
      one.progress = progress
    },
    encoded() {
      one.isEncoded = true
    },
    ended(result) {
      running.delete(lease.id)
      beginnings.get(lease.id)?.resolve()
      beginnings.delete(lease.id)
      jobsEnded.inc({ kind: task.kind, result })
      if (result !== 'done') return
      mediaSeconds.inc({ kind: task.kind }, media)
      wallSeconds.inc({ kind: task.kind }, (performance.now() - begunAt) / 1000)
    },
  }
}

function isBeginning({ task }: JobLease): boolean {
  if (task.kind !== 'encode' || task.chunk.index > 0) return false
  const lowest = task.plan.video.findLast(({ codec }) => codec === 'h264')
  return task.rungs.some(({ name }) => name === lowest?.name)
}

/** A beginning takes no longer. */
const MAX_BEGINNING_MS = 20_000

/** Resolves when the beginnings of videos that this host makes now are made, however that ends, and after `maxMs` at the latest. */
export async function beginningsMade(maxMs = MAX_BEGINNING_MS): Promise<void> {
  if (beginnings.size > 0) await Promise.race([Promise.all([...beginnings.values()].map(({ promise }) => promise)), setTimeout(maxMs, undefined, { ref: false })])
}

/** Seconds of the source a job makes something of. */
export function mediaSecondsOf({ task }: JobLease): number {
  if (task.kind === 'audio') return task.plan.durationSeconds
  if (task.kind !== 'encode') return 0
  const { num, den } = task.plan.frameRate
  return (((task.chunk.endFrame ?? task.plan.expectedFrames) - task.chunk.startFrame) * den) / num
}

