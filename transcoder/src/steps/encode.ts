import { initKey, segmentKey } from '@avocet/shared/objectKeys'
import type { ChunkManifest } from '@avocet/shared/encode'
import type { EncodeId } from '@avocet/shared/ids'
import type { EncodeTask } from '@avocet/shared/job'
import { waitsForRemux } from '@avocet/shared/remux'
import PQueue from 'p-queue'
import { nameOf } from '../activity.ts'
import { JobFailure } from '../failure.ts'
import { faultPoint } from '../faultPoint.ts'
import { log } from '../log.ts'
import { type ChunkCut, chunkArgs } from '../media/args/video.ts'
import { segmentCipher } from '../media/cmaf/encrypt.ts'
import { type Packaged, packageStream } from '../media/cmaf/packager.ts'
import { STALL_MS, startFfmpeg } from '../media/ffmpeg.ts'
import { ffmpegRestarts } from '../metrics.ts'
import { ceilingMs, type StepContext } from './context.ts'

const PARALLEL_UPLOADS = 8
/** Segments waiting for upload; beyond it the encoder waits. Bounds memory at about (rungs + 24) segments a chunk; one chunk more than are encoded side by side is in work. */
const QUEUED_UPLOADS = 16

/** The last chunk may miss this share of its own frames, and the whole of all frames: declared durations are estimates. */
const LEAST_SHARE_OF_CHUNK = 0.5
const LEAST_SHARE_OF_WHOLE = 0.95
const ROUNDING_FRAMES = 2

/**
 * Encodes one piece, all its rungs from one decode, uploading while encoding. Where the graphics card fails, it is done again with less of
 * the card: decoders of cards refuse more than ffmpeg's, and forgive less.
 */
export async function encodeChunk(context: StepContext, task: EncodeTask): Promise<ChunkManifest> {
  const { key } = context.lease.source
  const routes = context.encoders.routes(task, key)
  const nvenc = context.encoders.nvenc(task)
  for (const [at, route] of routes.entries()) {
    try {
      return await encodeBy(context, task, { route, nvenc })
    } catch (error) {
      if (!(error instanceof JobFailure) || context.signal.aborted) throw error
      context.checkSource()
      context.encoders.failed(route, task, key)
      if (at === routes.length - 1) throw error
      ffmpegRestarts.inc({ why: 'card' })
      log.warn({ ...nameOf(context.lease), route, next: routes[at + 1], reason: error.reason, cause: String(error.cause ?? '').slice(-500) }, 'encoding again with less of the card')
    }
  }
  throw new JobFailure('retryable', 'encoder_failed', 'The encoder failed.')
}

/** One way of encoding. A wrong frame count is tried again from further back. */
async function encodeBy(context: StepContext, task: EncodeTask, way: Pick<ChunkCut, 'route' | 'nvenc'>): Promise<ChunkManifest> {
  const { plan, chunk } = task
  let before: number | null = null
  for (const preRollSeconds of preRollsOf(task)) {
    if (before !== null) ffmpegRestarts.inc({ why: 'frames' })
    const made = await encodeOnce(context, task, { ...way, preRollSeconds })
    const frames = made[0]?.samples ?? 0
    // What two different beginnings agree on, and what comes of decoding everything, is all there is.
    const isAll = frames === before || preRollSeconds === null
    const isGood = isRight(task, frames) || (isAll && isEnough(task, frames))
    if (isGood && made.every(({ samples }) => samples === frames)) return manifestOf(context, task, made, frames)
    before = frames
  }
  // The picture ends where this last chunk would begin: a held frame keeps the chunk from being empty.
  if (before === 0 && chunk.endFrame === null && chunk.startFrame >= plan.expectedFrames * LEAST_SHARE_OF_WHOLE) {
    return manifestOf(context, task, await encodeOnce(context, task, { nvenc: way.nvenc, preRollSeconds: null, holdLast: true }), 1)
  }
  throw new JobFailure('permanent', 'source_truncated', 'The file ends before its declared duration, or a part of it cannot be decoded.')
}

/** Seconds decoded ahead of a chunk, try by try; null: from the beginning. Without an index a seek may land late. */
function preRollsOf({ plan, chunk }: EncodeTask): (number | null)[] {
  if (chunk.startFrame === 0) return [null]
  if (!plan.source.remux || plan.source.remuxed) return [2, 15, null]
  return waitsForRemux(plan, chunk) ? [15, null] : [null]
}

/** Every frame of a closed chunk; of the open one, all but what the rounding of the source's end explains. */
function isRight({ plan, chunk }: EncodeTask, frames: number): boolean {
  if (chunk.endFrame !== null) return frames === chunk.endFrame - chunk.startFrame
  return frames > 0 && frames >= plan.expectedFrames - chunk.startFrame - ROUNDING_FRAMES
}

/** Whether the open last chunk has about the frames that were declared; others must be exact. */
function isEnough({ plan, chunk }: EncodeTask, frames: number): boolean {
  if (chunk.endFrame !== null || frames === 0) return false
  const expected = plan.expectedFrames - chunk.startFrame
  return frames >= expected * LEAST_SHARE_OF_CHUNK || chunk.startFrame + frames >= plan.expectedFrames * LEAST_SHARE_OF_WHOLE
}

/** One run of ffmpeg over the chunk; empty when it found no frame. */
async function encodeOnce(context: StepContext, task: EncodeTask, cut: ChunkCut): Promise<Packaged[]> {
  const { plan, chunk, rungs } = task
  const { lease, store, signal } = context
  const encodeId = lease.encodeId as EncodeId
  const frames = (chunk.endFrame ?? Math.max(plan.expectedFrames, chunk.startFrame + 1)) - chunk.startFrame
  const seconds = (frames * plan.frameRate.den) / plan.frameRate.num
  // No output moves while everything before the chunk is decoded.
  const skippedSeconds = cut.preRollSeconds === null ? (chunk.startFrame * plan.frameRate.den) / plan.frameRate.num : cut.preRollSeconds
  const cipher = task.keys && segmentCipher(task.keys)
  const uploads = new PQueue({ concurrency: PARALLEL_UPLOADS })
  const failed: unknown[] = []
  const run = startFfmpeg(context.tools, {
    argv: chunkArgs(task, context.sourceUrl, cut),
    outputs: rungs.length,
    signal,
    maxMs: ceilingMs(seconds + skippedSeconds),
    stallMs: STALL_MS + skippedSeconds * 1000,
    onProgress: ({ frame }) => context.progress(Math.min(0.99, frame / frames)),
  })
  faultPoint('encoder-started')
  const upload = async (key: string, bytes: Buffer) => {
    if (failed.length > 0) throw failed[0]
    await uploads.onSizeLessThan(QUEUED_UPLOADS)
    faultPoint('segment-sending')
    void uploads.add(() => store.write(key, bytes, 'video/mp4', signal)).catch((error) => failed.push(error))
  }
  try {
    const made = await Promise.all(
      rungs.map(({ name }, at) =>
        packageStream(run.outputs[at]!, {
          cut: 'fragments',
          firstSegment: task.firstSegment,
          firstFragment: Math.floor(chunk.startFrame / plan.gopFrames),
          offsetTicks: chunk.startFrame * plan.ticksPerFrame,
          isFull: ({ samples }) => samples >= plan.segmentFrames,
          cipher,
          onInit: async (bytes) => (chunk.index === 0 ? upload(initKey(encodeId, name), bytes) : undefined),
          onSegment: (bytes, index) => upload(segmentKey(encodeId, name, chunk.index, lease.epoch, index), bytes),
        }),
      ),
    )
    await run.done
    context.checkSource()
    const count = made[0]?.samples ?? 0
    if (isRight(task, count) && made.every((one) => one?.samples === count)) context.encoded()
    await uploads.onIdle()
    if (failed.length > 0) throw failed[0]
    return made.filter((one) => one !== null)
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

function manifestOf({ lease }: StepContext, { rungs }: EncodeTask, made: Packaged[], frames: number): ChunkManifest {
  const renditions = Object.fromEntries(rungs.map(({ name }, at) => [name, withoutSamples(made[at]!)]))
  return { epoch: lease.epoch, frames, renditions }
}

/** A packager's output as it goes over the wire. */
export function withoutSamples({ samples: _, ...output }: Packaged): ChunkManifest['renditions'][string] {
  return output
}
