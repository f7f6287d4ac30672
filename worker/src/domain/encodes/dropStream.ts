import type { EncodePlan } from '@avocet/shared/encode'
import type { Job } from '../jobs/job.ts'
import type { Deps, Write } from '../ports.ts'
import { advanceEncode } from './advanceEncode.ts'

/**
 * The plan without what a video can do without: another codec than H.264, one sound stream of several. Null where a stream is needed.
 * A dropped default sound hands its place to the next. Pure.
 */
export function planWithout(plan: EncodePlan, stream: string): EncodePlan | null {
  const codec = stream === 'video-hevc' ? 'hevc' : stream === 'video-av1' ? 'av1' : null
  if (codec) return { ...plan, video: plan.video.filter((rung) => rung.codec !== codec) }
  const audio = plan.audio.filter(({ name }) => name !== stream)
  if (audio.length === plan.audio.length || (audio.length === 0 && plan.video.length === 0)) return null
  const heir = audio.some(({ isDefault }) => isDefault) ? null : (audio.find(({ channels }) => channels <= 2) ?? audio[0])
  return { ...plan, audio: audio.map((one) => (one === heir ? { ...one, isDefault: true } : one)) }
}

/**
 * Goes on without a stream that cannot be made, if the video can do without it; false when it cannot. `ended` settles the job that
 * failed, and goes into the same commit.
 */
export async function dropStream(deps: Deps, job: Job, why: { reason: string; message: string }, ended: Write): Promise<boolean> {
  const encode = await deps.encodes.find(job.encodeId)
  const left = encode?.plan && planWithout(encode.plan, job.stream)
  if (!encode || !left) return false
  const plan = { ...left, dropped: [...left.dropped, { stream: job.stream, ...why }] }
  const chunks = (await deps.encodes.outlines(encode.id)).filter(({ stream }) => stream !== job.stream)
  await advanceEncode(deps, { ...encode, plan }, chunks, [ended, deps.jobs.cancelStream(encode.id, job.stream, deps.now())])
  return true
}
