import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import type { RenditionOutput } from '@avocet/shared/encode'
import { type Box, readBoxes } from './boxes.ts'
import type { SegmentCipher } from './encrypt.ts'
import { decodeTimeOf, fragmentFacts, placeFragment } from './fragment.ts'
import { initFacts } from './init.ts'
import { fragmentOf, samplesOf } from './samples.ts'

export interface PackagerOptions {
  /** `fragments`: cut between ffmpeg's fragments (pictures: a GOP each). `samples`: between any two samples (sound). */
  cut: 'fragments' | 'samples'
  /** Number of the first segment in the whole rendition. */
  firstSegment: number
  /** Fragments before the first one, over the whole rendition; sequence numbers go on from there. */
  firstFragment: number
  /** Added to every decode time, in ticks of the track. */
  offsetTicks: number
  /** Whether the segment ends here: it has so many samples, `end` ticks into this stream. */
  isFull(segment: { index: number; samples: number; end: number }, timescale: number): boolean
  /** Stands in for samples that are missing between others, or up to `untilSeconds`. Of sound that is copied: what we encode has no gaps. */
  silence?: { data: Buffer; ticks: number; untilSeconds: number } | null
  cipher: SegmentCipher | null
  onInit(bytes: Buffer): Promise<void>
  /** `index` is 0-based within this stream. Awaited, so a slow store slows the encoder instead of filling memory. */
  onSegment(bytes: Buffer, index: number): Promise<void>
}

export interface Packaged extends RenditionOutput {
  samples: number
}

/** What lies between two places where a segment may be cut. */
interface Piece {
  samples: number
  duration: number
  moof: Buffer | null
  data: Buffer
}

/**
 * Cuts ffmpeg's fragmented MP4 into segments on the asset's timeline, encrypts and hands them on. Holds one segment in memory. Null when
 * ffmpeg wrote nothing: it had no sample to write.
 */
export async function packageStream(
  stream: Readable,
  options: PackagerOptions,
  progressed?: (made: Packaged) => Promise<void>,
): Promise<Packaged | null> {
  let header: Buffer[] = []
  let made: Packaged | null = null
  let pieces: Piece[] = []
  let moof: Buffer | null = null
  let fragments = options.firstFragment
  let end = 0

  async function flush(to: Packaged): Promise<void> {
    if (pieces.length === 0) return
    const [index, duration] = [to.segments.length, total(pieces, 'duration')]
    const clear = serialise(BigInt(options.offsetTicks + end - duration))
    const bytes = options.cipher ? options.cipher.encrypt(clear, options.firstSegment + index) : clear
    await options.onSegment(bytes, index)
    to.segments.push({ duration, bytes: bytes.length, sha256: sha256(bytes) })
    to.samples += total(pieces, 'samples')
    pieces = []
    await progressed?.(to)
  }

  function serialise(decodeTime: bigint): Buffer {
    if (options.cut === 'samples') return fragmentOf(pieces, decodeTime, ++fragments)
    let at = decodeTime
    for (const piece of pieces) {
      placeFragment(piece.moof as Buffer, at, ++fragments)
      at += BigInt(piece.duration)
    }
    return Buffer.concat(pieces.flatMap((piece) => [piece.moof as Buffer, piece.data]))
  }

  async function add(piece: Piece, to: Packaged): Promise<void> {
    if (pieces.length > 0 && options.isFull({ index: to.segments.length, samples: total(pieces, 'samples'), end }, to.timescale)) await flush(to)
    pieces.push(piece)
    end += piece.duration
  }

  async function fillWithSilence(until: number, to: Packaged): Promise<void> {
    const { silence } = options
    while (silence && end + silence.ticks <= until) await add({ samples: 1, duration: silence.ticks, moof: null, data: silence.data }, to)
  }

  /** A sample that is said to last longer than it can is followed by a gap. */
  async function addSound(piece: Piece, to: Packaged): Promise<void> {
    const [next, longest] = [end + piece.duration, options.silence?.ticks ?? piece.duration]
    await add({ ...piece, duration: Math.min(piece.duration, longest) }, to)
    await goOnTo(next, to)
  }

  /** Closes a gap in front of what comes next. Pictures lie on a grid: they have none. */
  async function goOnTo(next: number, to: Packaged): Promise<void> {
    await fillWithSilence(next, to)
    const last = pieces.at(-1)
    if (next === end) return
    if (options.cut === 'fragments' || !last || last.duration + next - end <= 0)
      throw new Error(`a gap of ${next - end} ticks in the encoder's output`)
    // Where the last sample of a fragment had its duration guessed, the next fragment tells the truth.
    last.duration += next - end
    end = next
  }

  async function take({ type, bytes }: Box): Promise<void> {
    if (!made) {
      header.push(bytes)
      if (type !== 'moov') return
      const init = Buffer.concat(header)
      header = []
      made = { ...initFacts(bytes), initSha256: sha256(init), initBytes: init.length, segments: [], samples: 0 }
      await options.onInit(init)
    } else if (type === 'moof') {
      moof = bytes
    } else if (type === 'mdat' && moof) {
      await goOnTo(Number(decodeTimeOf(moof)), made)
      if (options.cut === 'samples') for (const piece of soundPieces(moof, bytes)) await addSound(piece, made)
      else await add({ ...fragmentFacts(moof), moof, data: bytes }, made)
      moof = null
    }
  }

  for await (const box of readBoxes(stream)) await take(box)
  // Assigned inside take(), which the compiler does not follow.
  const whole = made as Packaged | null
  if (whole && whole.segments.length + pieces.length > 0) await fillWithSilence((options.silence?.untilSeconds ?? 0) * whole.timescale, whole)
  if (whole) await flush(whole)
  return whole
}

const soundPieces = (moof: Buffer, mdat: Buffer): Piece[] => samplesOf(moof, mdat).map((sample) => ({ ...sample, samples: 1, moof: null }))

const total = (pieces: readonly Piece[], what: 'samples' | 'duration'): number => pieces.reduce((sum, piece) => sum + piece[what], 0)

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
