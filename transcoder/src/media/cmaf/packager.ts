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

  /** Where the last sample of a fragment had its duration guessed, the next fragment tells the truth. Pictures lie on a grid: never. */
  function closeGap(ticks: number): void {
    const last = pieces.at(-1)
    if (ticks === 0) return
    if (options.cut === 'fragments' || !last || last.duration + ticks <= 0)
      throw new Error(`a gap of ${ticks} ticks in the encoder's output`)
    last.duration += ticks
    end += ticks
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
      closeGap(Number(decodeTimeOf(moof)) - end)
      for (const piece of options.cut === 'samples' ? soundPieces(moof, bytes) : [{ ...fragmentFacts(moof), moof, data: bytes }]) {
        if (pieces.length > 0 && options.isFull({ index: made.segments.length, samples: total(pieces, 'samples'), end }, made.timescale))
          await flush(made)
        pieces.push(piece)
        end += piece.duration
      }
      moof = null
    }
  }

  for await (const box of readBoxes(stream)) await take(box)
  if (made) await flush(made)
  return made
}

const soundPieces = (moof: Buffer, mdat: Buffer): Piece[] => samplesOf(moof, mdat).map((sample) => ({ ...sample, samples: 1, moof: null }))

const total = (pieces: readonly Piece[], what: 'samples' | 'duration'): number => pieces.reduce((sum, piece) => sum + piece[what], 0)

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
