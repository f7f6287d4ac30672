/** How far an encode is, with the work that hosts have in hand and not committed. Pure. */
import { piecesOf } from '@avocet/shared/pieces'
import type { Job } from '../jobs/job.ts'
import type { Encode } from './encode.ts'

/** Share of the whole, 0 to 0.99 until it is ready, and seconds of media made per second by all hosts at work on it. */
export function liveProgress({ state, plan, progress }: Encode, jobs: readonly Job[]): { progress: number; speed: number } {
  const leased = jobs.filter((job) => job.state === 'leased')
  const speed = Math.round(100 * leased.reduce((sum, job) => sum + job.speed, 0)) / 100
  if (!plan || state !== 'encoding') return { progress, speed }
  const pixels = (rungs: readonly { width: number; height: number }[]) => rungs.reduce((sum, { width, height }) => sum + width * height, 0)
  const pieces = piecesOf(plan)
  const whole = Math.max(1, plan.expectedFrames * pixels(plan.video))
  const inHand = leased.reduce((sum, job) => {
    const piece = pieces.find(({ stream, chunk }) => stream === job.stream && chunk.index === job.chunkIndex)
    if (job.kind !== 'encode' || !piece) return sum
    const frames = (piece.chunk.endFrame ?? plan.expectedFrames) - piece.chunk.startFrame
    return sum + (job.progress * frames * pixels(piece.rungs)) / whole
  }, 0)
  return { progress: Math.min(0.99, progress + inHand), speed }
}

/** What somebody who wants to watch waits for. `progress` 0 to 1: 1 is the moment it plays. */
export interface Waiting {
  stage: 'queued' | 'reading' | 'encoding'
  progress: number
}

/** Reading the source is so much of the way to the first picture. */
const READING_SHARE = 0.1

/** From an encode's jobs at its beginning, how near the first playback is. */
export function waitingFor({ plan }: Pick<Encode, 'plan'>, beginning: readonly Job[]): Waiting {
  if (!plan) return { stage: beginning.some(({ kind, state }) => kind === 'prepare' && state === 'leased') ? 'reading' : 'queued', progress: 0 }
  const first = piecesOf(plan)[0]?.stream
  const sound = plan.audio.find(({ isDefault }) => isDefault)?.name
  const needed = beginning.filter(({ kind, stream }) => (kind === 'encode' && stream === first) || (kind === 'audio' && stream === sound))
  const shares = needed.map(({ state, progress }) => (state === 'done' ? 1 : progress))
  const progress = READING_SHARE + (1 - READING_SHARE) * (shares.length > 0 ? Math.min(...shares) : 0)
  return { stage: needed.every(({ state }) => state === 'queued') ? 'queued' : 'encoding', progress: Math.round(progress * 100) / 100 }
}
