/** Sound, sample by sample: ffmpeg's short fragments are taken apart and put together as one fragment a segment, cut at any AAC frame. */
import { findBox, needBox } from './boxes.ts'
import { defaultSampleDuration } from './fragment.ts'

export interface Sample {
  duration: number
  data: Buffer
}

/** tfhd: default-base-is-moof, with default flags; trun: data offset, durations and sizes (ISO/IEC 14496-12 sections 8.8.7, 8.8.8). */
const TFHD_FLAGS = 0x020020
const TRUN_FLAGS = 0x000301
/** Depends on no other sample: every AAC frame can start playing. */
const SYNC_SAMPLE = 0x02000000

/** The samples of one fragment. Sizes are in the trun, or in tfhd's default. */
export function samplesOf(moof: Buffer, mdat: Buffer): Sample[] {
  const [tfhd, trun] = [needBox(moof, 'traf', 'tfhd'), needBox(moof, 'traf', 'trun')]
  const flags = trun.readUInt32BE(8) & 0xffffff
  const count = trun.readUInt32BE(12)
  let entry = 16 + (flags & 0x1 ? 4 : 0) + (flags & 0x4 ? 4 : 0)
  let data = 8
  const next = (present: number, otherwise: () => number): number => {
    if (!(flags & present)) return otherwise()
    entry += 4
    return trun.readUInt32BE(entry - 4)
  }
  const samples: Sample[] = []
  for (let at = 0; at < count; at++) {
    const duration = next(0x100, () => defaultSampleDuration(tfhd))
    const size = next(0x200, () => defaultSampleSize(tfhd))
    entry += (flags & 0x400 ? 4 : 0) + (flags & 0x800 ? 4 : 0)
    samples.push({ duration, data: mdat.subarray(data, data + size) })
    data += size
  }
  if (data !== mdat.length) throw new Error('a fragment holds other bytes than its samples')
  return samples
}

function defaultSampleSize(tfhd: Buffer): number {
  const flags = tfhd.readUInt32BE(8) & 0xffffff
  if (!(flags & 0x10)) throw new Error('samples without a size')
  return tfhd.readUInt32BE(16 + (flags & 0x1 ? 8 : 0) + (flags & 0x2 ? 4 : 0) + (flags & 0x8 ? 4 : 0))
}

/** One fragment of these samples at its place on the timeline. */
export function fragmentOf(samples: readonly Sample[], decodeTime: bigint, sequence: number): Buffer {
  const mfhd = box('mfhd', 0, 0, word(sequence))
  const tfhd = box('tfhd', 0, TFHD_FLAGS, word(1), word(SYNC_SAMPLE))
  const tfdtTime = Buffer.alloc(8)
  tfdtTime.writeBigUInt64BE(decodeTime)
  const tfdt = box('tfdt', 1, 0, tfdtTime)
  const trun = box(
    'trun',
    0,
    TRUN_FLAGS,
    word(samples.length),
    word(0),
    ...samples.flatMap(({ duration, data }) => [word(duration), word(data.length)]),
  )
  const moof = plain('moof', mfhd, plain('traf', tfhd, tfdt, trun))
  // The data starts behind the mdat's own header.
  findBox(moof, 'traf', 'trun')?.writeUInt32BE(moof.length + 8, 16)
  return Buffer.concat([moof, plain('mdat', ...samples.map(({ data }) => data))])
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

const plain = (type: string, ...content: Buffer[]): Buffer => {
  const size = content.reduce((sum, { length }) => sum + length, 8)
  return Buffer.concat([word(size), Buffer.from(type, 'latin1'), ...content])
}

const box = (type: string, version: number, flags: number, ...content: Buffer[]): Buffer =>
  plain(type, word(version * 0x1000000 + flags), ...content)
