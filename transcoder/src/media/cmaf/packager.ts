import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import type { RenditionOutput } from '@avocet/shared/encode'
import { type Box, readBoxes } from './boxes.ts'
import type { SegmentCipher } from './encrypt.ts'
import { decodeTimeOf, fragmentFacts, placeFragment } from './fragment.ts'
import { initFacts } from './init.ts'

export interface PackagerOptions {
  /** Number of the first segment in the whole rendition. */
  firstSegment: number
  /** Fragments before the first one, over the whole rendition; sequence numbers go on from there. */
  firstFragment: number
  /** Added to every decode time, in ticks of the track. */
  offset(timescale: number): bigint
  /** Whether the segment ends before a fragment that begins after `duration` ticks and `samples` samples. */
  isFull(segment: { samples: number; duration: number; number: number }, timescale: number): boolean
  cipher: SegmentCipher | null
  onInit(bytes: Buffer): Promise<void>
  /** `index` is 0-based within this stream. Awaited, so a slow store slows the encoder instead of filling memory. */
  onSegment(bytes: Buffer, index: number): Promise<void>
}

export interface Packaged extends RenditionOutput {
  samples: number
}

/** Cuts ffmpeg's fragmented MP4 into segments on the asset's timeline, encrypts and hands them on. Holds one segment in memory. */
export async function packageStream(stream: Readable, options: PackagerOptions, progressed?: (made: Packaged) => Promise<void>): Promise<Packaged> {
  let header: Buffer[] = []
  let made: Packaged | null = null
  let pending: { parts: Buffer[]; samples: number; duration: number } = { parts: [], samples: 0, duration: 0 }
  let moof: Buffer | null = null
  let fragment = options.firstFragment

  async function flush(to: Packaged): Promise<void> {
    if (pending.parts.length === 0) return
    const index = to.segments.length
    const clear = Buffer.concat(pending.parts)
    const bytes = options.cipher ? options.cipher.encrypt(clear, options.firstSegment + index) : clear
    await options.onSegment(bytes, index)
    to.segments.push({ duration: pending.duration, bytes: bytes.length, sha256: sha256(bytes) })
    to.samples += pending.samples
    pending = { parts: [], samples: 0, duration: 0 }
    await progressed?.(to)
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
      const facts = fragmentFacts(moof)
      if (options.isFull({ ...pending, number: made.segments.length }, made.timescale)) await flush(made)
      placeFragment(moof, decodeTimeOf(moof) + options.offset(made.timescale), ++fragment)
      pending.parts.push(moof, bytes)
      pending.samples += facts.samples
      pending.duration += facts.duration
      moof = null
    }
  }

  for await (const box of readBoxes(stream)) await take(box)
  if (!made) throw new Error('the encoder wrote no init segment')
  await flush(made)
  return made
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
