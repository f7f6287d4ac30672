import type { EncodePlan } from '@avocet/shared/encode'
import type { VideoId } from '@avocet/shared/ids'
import type { PosterTask } from '@avocet/shared/job'
import type { Job } from '../jobs/job.ts'
import type { Deps } from '../ports.ts'
import { type CommittedRendition, committedRendition } from './committed.ts'
import { contentKeysFor } from './contentKeys.ts'
import type { Encode } from './encode.ts'
import { posterKeyOf } from './posterJob.ts'
import { storedStream } from './storedStream.ts'

/** The frame of the highest H.264 rung that a video's owner chose. Null when there is none, or another poster was chosen since. */
export async function posterTask(deps: Deps, job: Job, encode: Encode): Promise<PosterTask | null> {
  const poster = (await deps.videos.find(job.accountId, job.stream as VideoId))?.poster
  const rung = encode.plan?.video.find(({ codec }) => codec === 'h264')
  if (!encode.plan || !rung || poster?.jobId !== job.id) return null
  const committed = committedRendition(encode.plan, await deps.encodes.chunks(encode.id), rung.name)
  if (!committed) return null
  const { segment, frame } = frameAt(encode.plan, committed, poster.atSeconds ?? 0)
  const { segmentKeys, ...stored } = storedStream(encode, rung.name, committed)
  return {
    kind: 'poster',
    key: posterKeyOf(job),
    rung: { ...stored, segmentKeys: segmentKeys.slice(segment, segment + 1), width: rung.width, height: rung.height },
    segment,
    frame,
    keys: await contentKeysFor(deps, encode, segment, 1),
  }
}

/** The segment that shows this moment, and which of its frames; the first of all for a moment outside the video. Pure. */
export function frameAt({ frameRate }: Pick<EncodePlan, 'frameRate'>, { timescale, segments }: CommittedRendition, atSeconds: number): { segment: number; frame: number } {
  // A moment that was read off a frame's own time may lie a rounding in front of it.
  const wanted = Math.floor((atSeconds * frameRate.num) / frameRate.den + 0.05)
  let before = 0
  for (const [segment, { duration }] of segments.entries()) {
    const frames = Math.round((duration * frameRate.num) / timescale / frameRate.den)
    if (wanted >= before && wanted < before + frames) return { segment, frame: wanted - before }
    before += frames
  }
  return { segment: 0, frame: 0 }
}
