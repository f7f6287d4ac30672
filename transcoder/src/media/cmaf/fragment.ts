import { needBox } from './boxes.ts'

/** Samples of a moof and how long they last together, in ticks of the track. */
export function fragmentFacts(moof: Buffer): { samples: number; duration: number } {
  const tfhd = needBox(moof, 'traf', 'tfhd')
  const trun = needBox(moof, 'traf', 'trun')
  const defaultDuration = defaultSampleDuration(tfhd)
  const flags = trun.readUInt32BE(8) & 0xffffff
  const samples = trun.readUInt32BE(12)
  if (!(flags & 0x100)) return { samples, duration: samples * defaultDuration }
  let at = 16 + (flags & 0x1 ? 4 : 0) + (flags & 0x4 ? 4 : 0)
  const step = 4 + (flags & 0x200 ? 4 : 0) + (flags & 0x400 ? 4 : 0) + (flags & 0x800 ? 4 : 0)
  let duration = 0
  for (let sample = 0; sample < samples; sample++, at += step) duration += trun.readUInt32BE(at)
  return { samples, duration }
}

/** tfhd's default_sample_duration (ISO/IEC 14496-12 section 8.8.7): it follows the optional members before it. */
export function defaultSampleDuration(tfhd: Buffer): number {
  const flags = tfhd.readUInt32BE(8) & 0xffffff
  if (!(flags & 0x8)) return 0
  return tfhd.readUInt32BE(16 + (flags & 0x1 ? 8 : 0) + (flags & 0x2 ? 4 : 0))
}

/** Puts a fragment at its place on the whole asset's timeline: decode time and sequence number are written in place. */
export function placeFragment(moof: Buffer, decodeTime: bigint, sequence: number): void {
  needBox(moof, 'mfhd').writeUInt32BE(sequence, 12)
  const tfdt = needBox(moof, 'traf', 'tfdt')
  if (tfdt[8] === 1) tfdt.writeBigUInt64BE(decodeTime, 12)
  else tfdt.writeUInt32BE(Number(decodeTime), 12)
}

/** Where a fragment says it begins. */
export function decodeTimeOf(moof: Buffer): bigint {
  const tfdt = needBox(moof, 'traf', 'tfdt')
  return tfdt[8] === 1 ? tfdt.readBigUInt64BE(12) : BigInt(tfdt.readUInt32BE(12))
}
