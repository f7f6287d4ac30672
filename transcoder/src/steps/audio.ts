import { type ChunkManifest, SEGMENT_SECONDS } from '@avocet/shared/encode'
import { LATE_SECONDS } from '@avocet/shared/ladder'
import { initKey, segmentKey } from '@avocet/shared/objectKeys'
import type { EncodeId } from '@avocet/shared/ids'
import type { AudioTask } from '@avocet/shared/job'
import { z } from 'zod'
import { beginningsMade } from '../activity.ts'
import { JobFailure } from '../failure.ts'
import { audioArgs, SPARE_SECONDS } from '../media/args/audio.ts'
import { sourceGuard } from '../media/args/source.ts'
import { segmentCipher } from '../media/cmaf/encrypt.ts'
import { type Packaged, packageStream } from '../media/cmaf/packager.ts'
import { silentFrame } from '../media/cmaf/silence.ts'
import { ffprobeJson, startFfmpeg } from '../media/ffmpeg.ts'
import { loudnessOf } from '../media/loudness.ts'
import { ceilingMs, type StepContext } from './context.ts'
import { withoutSamples } from './encode.ts'

/** Between two commits of a growing stream. */
const COMMIT_EVERY_MS = 3_000

/** Samples in a frame of AAC-LC (ISO/IEC 14496-3). */
const AAC_FRAME_SAMPLES = 1024

const Starts = z.object({ streams: z.array(z.object({ start_time: z.string().optional() })).min(1) })

/**
 * Makes one sound stream, committing the segments so far as it goes, the first one at once. What comes after that one waits for the
 * beginnings this host makes: an hour of sound is nine hundred objects to store.
 */
export async function encodeAudio(
  context: StepContext,
  task: AudioTask,
  commit: (manifest: ChunkManifest, final: boolean) => Promise<void>,
): Promise<void> {
  const { plan, stream } = task
  const { lease, store, signal } = context
  const encodeId = lease.encodeId as EncodeId
  const copy = stream.copy && (stream.startsAtZero ?? (await startsAtZero(context, plan, stream.sourceIndex)))
  const silence = silentFrame(stream.channels)
  const lastSegment = (plan.durationSeconds + 2 * SPARE_SECONDS) / SEGMENT_SECONDS
  const run = startFfmpeg(context.tools, {
    argv: audioArgs(stream, plan, context.sourceUrl, copy),
    outputs: 1,
    signal,
    maxMs: ceilingMs(plan.durationSeconds),
    onProgress: ({ seconds }) => context.progress(Math.min(0.99, seconds / plan.durationSeconds)),
  })
  const manifest = (made: Packaged): ChunkManifest => ({
    epoch: lease.epoch,
    frames: 0,
    renditions: { [stream.name]: withoutSamples(made) },
  })
  let committedAt = Number.NEGATIVE_INFINITY
  try {
    const made = await packageStream(
      run.outputs[0]!,
      {
        cut: 'samples',
        firstSegment: 0,
        firstFragment: 0,
        offsetTicks: 0,
        // Every AAC frame may start a segment: the one nearest to the picture's boundary does.
        isFull: ({ index, end }, timescale) => end + AAC_FRAME_SAMPLES / 2 >= (index + 1) * SEGMENT_SECONDS * timescale,
        silence: copy && silence ? { data: silence, ticks: AAC_FRAME_SAMPLES, untilSeconds: plan.chunks.length > 0 ? plan.durationSeconds : 0 } : null,
        cipher: task.keys && segmentCipher(task.keys),
        onInit: (bytes) => store.write(initKey(encodeId, stream.name), bytes, 'video/mp4', signal),
        onSegment: (bytes, index) => {
          if (index > lastSegment) throw new JobFailure('permanent', 'sound_unreadable', 'The sound goes on far beyond the end the file declares.')
          return store.write(segmentKey(encodeId, stream.name, 0, lease.epoch, index), bytes, 'video/mp4', signal)
        },
      },
      async (soFar) => {
        if (performance.now() - committedAt < COMMIT_EVERY_MS) return
        const isFirst = committedAt < 0
        committedAt = performance.now()
        await commit(manifest(soFar), false)
        if (!isFirst) return
        run.yieldToOthers()
        // No longer than that: ffmpeg is taken for dead when its output does not move for a minute.
        await beginningsMade()
      },
    )
    const { stderr } = await run.done
    context.checkSource()
    if (!made || made.segments.length === 0) throw unreadable()
    await commit({ ...manifest(made), loudness: loudnessOf(stderr) }, true)
  } catch (error) {
    run.kill()
    await run.done.catch((cause) => {
      if (cause instanceof JobFailure) throw cause.reason === 'not_a_video' ? unreadable(cause) : cause
    })
    throw error
  }
}

/** The file was read when it was probed: what cannot be decoded is its sound alone. */
const unreadable = (cause?: unknown) => new JobFailure('permanent', 'sound_unreadable', 'The sound of the file cannot be decoded.', cause)

async function startsAtZero({ tools, sourceUrl, signal }: StepContext, { source }: AudioTask['plan'], index: number): Promise<boolean> {
  const report = Starts.safeParse(
    await ffprobeJson(tools, [...sourceGuard(source), '-select_streams', `a:${index}`, '-show_entries', 'stream=start_time', sourceUrl], signal),
  )
  return report.success && Math.abs(Number(report.data.streams[0]?.start_time ?? Number.NaN)) <= LATE_SECONDS
}
