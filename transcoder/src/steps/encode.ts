import { initKey, segmentKey } from '@avocet/shared/objectKeys'
import type { ChunkManifest } from '@avocet/shared/encode'
import type { EncodeId } from '@avocet/shared/ids'
import type { EncodeTask } from '@avocet/shared/job'
import PQueue from 'p-queue'
import { JobFailure } from '../failure.ts'
import { chunkArgs } from '../media/args/video.ts'
import { segmentCipher } from '../media/cmaf/encrypt.ts'
import { type Packaged, packageStream } from '../media/cmaf/packager.ts'
import { startFfmpeg } from '../media/ffmpeg.ts'
import { ceilingMs, type StepContext } from './context.ts'

const PARALLEL_UPLOADS = 8
/** Segments waiting for upload; beyond it the encoder waits. Bounds memory at about (rungs + 16) segments. */
const QUEUED_UPLOADS = 16

/** Encodes one chunk, all rungs from one decode, uploading while encoding. A wrong frame count is tried again from further back. */
export async function encodeChunk(context: StepContext, task: EncodeTask): Promise<ChunkManifest> {
  const { plan, chunk } = task
  const wanted = chunk.endFrame === null ? null : chunk.endFrame - chunk.startFrame
  const preRolls = plan.source.remux ? [15, null] : [2, 15, null]
  for (const preRoll of chunk.startFrame === 0 ? [null] : preRolls) {
    const made = await encodeOnce(context, task, preRoll)
    const frames = made[0]?.samples ?? 0
    const equal = made.every(({ samples }) => samples === frames)
    if (equal && (wanted === null ? frames > 0 : frames === wanted)) return manifestOf(context, task, made, frames)
  }
  throw new JobFailure('permanent', 'source_truncated', 'The file ends before its declared duration, or a part of it cannot be decoded.')
}

async function encodeOnce(context: StepContext, task: EncodeTask, preRoll: number | null): Promise<Packaged[]> {
  const { plan, chunk } = task
  const { lease, store, signal } = context
  const encodeId = lease.encodeId as EncodeId
  const frames = (chunk.endFrame ?? Math.max(plan.expectedFrames, chunk.startFrame + 1)) - chunk.startFrame
  const seconds = (frames * plan.frameRate.den) / plan.frameRate.num
  const cipher = task.keys && segmentCipher(task.keys)
  const uploads = new PQueue({ concurrency: PARALLEL_UPLOADS })
  const failed: unknown[] = []
  const run = startFfmpeg(context.tools, {
    argv: chunkArgs(plan, chunk, context.sourceUrl, preRoll),
    outputs: plan.video.length,
    signal,
    maxMs: ceilingMs(seconds + chunk.startFrame / 30),
    onProgress: ({ frame }) => context.progress(Math.min(0.99, frame / frames)),
  })
  const upload = async (key: string, bytes: Buffer) => {
    if (failed.length > 0) throw failed[0]
    await uploads.onSizeLessThan(QUEUED_UPLOADS)
    void uploads.add(() => store.write(key, bytes, 'video/mp4', signal)).catch((error) => failed.push(error))
  }
  try {
    const made = await Promise.all(
      plan.video.map(({ name }, at) =>
        packageStream(run.outputs[at]!, {
          firstSegment: task.firstSegment,
          firstFragment: Math.floor(chunk.startFrame / plan.gopFrames),
          offset: () => BigInt(chunk.startFrame) * BigInt(plan.ticksPerFrame),
          isFull: ({ samples }) => samples >= plan.segmentFrames,
          cipher,
          onInit: async (bytes) => (chunk.index === 0 ? upload(initKey(encodeId, name), bytes) : undefined),
          onSegment: (bytes, index) => upload(segmentKey(encodeId, name, chunk.index, lease.epoch, index), bytes),
        }),
      ),
    )
    await run.done
    await uploads.onIdle()
    if (failed.length > 0) throw failed[0]
    return made
  } catch (error) {
    run.kill()
    uploads.clear()
    // ffmpeg's own last words say more than the broken pipe they caused.
    await run.done.catch((cause) => {
      if (failed.length === 0 && cause instanceof JobFailure) throw cause
    })
    throw error
  }
}

function manifestOf({ lease }: StepContext, { plan }: EncodeTask, made: Packaged[], frames: number): ChunkManifest {
  const renditions = Object.fromEntries(plan.video.map(({ name }, at) => [name, withoutSamples(made[at]!)]))
  return { epoch: lease.epoch, frames, renditions }
}

/** A packager's output as it goes over the wire. */
export function withoutSamples({ samples: _, ...output }: Packaged): ChunkManifest['renditions'][string] {
  return output
}
