import { findBox, needBox } from './boxes.ts'

const STSD = ['trak', 'mdia', 'minf', 'stbl', 'stsd'] as const

/** What an init segment says of its track. `codecs` as in RFC 6381. */
export function initFacts(moov: Buffer): { codecs: string; timescale: number } {
  const mdhd = needBox(moov, 'trak', 'mdia', 'mdhd')
  const timescale = mdhd.readUInt32BE(mdhd[8] === 1 ? 28 : 20)
  const avcC = findBox(moov, ...STSD, 'avc1', 'avcC')
  // avcC: version, profile, compatibility, level (ISO/IEC 14496-15 section 5.3.3.1).
  if (avcC) return { codecs: `avc1.${avcC.toString('hex', 9, 12)}`, timescale }
  return { codecs: `mp4a.40.${audioObjectType(needBox(moov, ...STSD, 'mp4a', 'esds'))}`, timescale }
}

/** The object type in an esds's DecoderSpecificInfo: its first five bits, 31 escapes to six more (ISO/IEC 14496-3 section 1.6.2.1). */
function audioObjectType(esds: Buffer): number {
  // version and flags, then ES_Descriptor (3) > DecoderConfigDescriptor (4) > DecoderSpecificInfo (5)
  let at = 12
  const enter = (tag: number) => {
    if (esds[at++] !== tag) throw new Error('unexpected esds')
    while ((esds[at++] as number) & 0x80);
  }
  enter(3)
  at += 3
  enter(4)
  at += 13
  enter(5)
  const first = (esds[at] as number) >> 3
  return first === 31 ? 32 + ((esds.readUInt16BE(at) >> 5) & 63) : first
}
