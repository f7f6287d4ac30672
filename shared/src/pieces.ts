/** What one encode job makes: some rungs of one chunk from one decode. Pure. */
import { type EncodePlan, type Encoder, type PlannedChunk, VIDEO_CODECS, type VideoRung } from './encode.ts'

export interface Piece {
  /** With the chunk's index, names the piece inside its encode. */
  stream: 'video' | 'video-low' | 'video-high' | 'video-hevc' | 'video-av1'
  chunk: PlannedChunk
  /** Highest first, all of one codec. */
  rungs: VideoRung[]
  encoder: Encoder
}

/** Rungs above this short side wait until the first chunk can be played without them, where the plan names no other: they take three quarters of the work. */
const FIRST_SHORT_SIDE = 480
/** Larger frames than this need an encoder that was proven with them. */
const USUAL = { width: 1920, height: 1088 }
const STREAM_OF = { h264: 'video', hevc: 'video-hevc', av1: 'video-av1' } as const

/**
 * All picture work of a plan, in the order it is wanted. The first chunk of a tall ladder comes in two pieces, low rungs first, so
 * that even 4K plays within seconds. Other codecs than H.264 are pieces of their own: a host without their encoders does the rest,
 * and what plays everywhere never waits for them.
 */
export function piecesOf(plan: EncodePlan): Piece[] {
  return VIDEO_CODECS.flatMap((codec) => {
    const encoder = plan.encoders[codec]
    const rungs = plan.video.filter((rung) => rung.codec === codec)
    if (!encoder || rungs.length === 0) return []
    const bound = plan.firstShortSide ?? FIRST_SHORT_SIDE
    const [high, low] = [rungs.filter((rung) => shortSide(rung) > bound), rungs.filter((rung) => shortSide(rung) <= bound)]
    return plan.chunks.flatMap((chunk): Piece[] => {
      const whole: Piece = { stream: STREAM_OF[codec], chunk, rungs, encoder }
      if (codec !== 'h264' || chunk.index > 0 || high.length === 0 || low.length === 0) return [whole]
      return [
        { ...whole, stream: 'video-low', rungs: low },
        { ...whole, stream: 'video-high', rungs: high },
      ]
    })
  })
}

/** The word an agent must have to take a piece: its encoder, and whether it goes beyond 1080p. */
export function needOf({ encoder, rungs }: { encoder: Encoder; rungs: readonly { width: number; height: number }[] }): string {
  return rungs.some((rung) => !fits(rung, USUAL)) ? `${encoder}/2160` : encoder
}

/** The words of an agent, from the sizes its encoders were proven with. */
export function abilitiesOf(encoders: readonly { name: Encoder; maxWidth: number; maxHeight: number }[]): string[] {
  return encoders.flatMap(({ name, maxWidth, maxHeight }) =>
    fits({ width: 3840, height: 2160 }, { width: maxWidth, height: maxHeight }) ? [name, `${name}/2160`] : [name],
  )
}

const shortSide = ({ width, height }: VideoRung) => Math.min(width, height)

/** Either way up: portrait video is landscape video to an encoder. */
function fits(frame: { width: number; height: number }, bounds: { width: number; height: number }): boolean {
  const [long, short] = [Math.max(frame.width, frame.height), Math.min(frame.width, frame.height)]
  return long <= Math.max(bounds.width, bounds.height) && short <= Math.min(bounds.width, bounds.height)
}
