import { findBox, needBox } from './boxes.ts'

const STSD = ['trak', 'mdia', 'minf', 'stbl', 'stsd'] as const

/** What an init segment says of its track. `codecs` as in RFC 6381. */
export function initFacts(moov: Buffer): { codecs: string; timescale: number } {
  const mdhd = needBox(moov, 'trak', 'mdia', 'mdhd')
  const timescale = mdhd.readUInt32BE(mdhd[8] === 1 ? 28 : 20)
  const avcC = findBox(moov, ...STSD, 'avc1', 'avcC')
  // avcC: version, profile, compatibility, level (ISO/IEC 14496-15 section 5.3.3.1).
  if (avcC) return { codecs: `avc1.${avcC.toString('hex', 9, 12)}`, timescale }
  const hvcC = findBox(moov, ...STSD, 'hvc1', 'hvcC')
  if (hvcC) return { codecs: hevcCodecs(hvcC), timescale }
  const av1C = findBox(moov, ...STSD, 'av01', 'av1C')
  if (av1C) return { codecs: av1Codecs(av1C), timescale }
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

/** ISO/IEC 14496-15 annex E: profile, compatibility bits reversed, tier and level, constraint bytes without trailing zeros. */
function hevcCodecs(hvcC: Buffer): string {
  const profile = hvcC[9] as number
  const space = ['', 'A', 'B', 'C'][profile >> 6]
  let [compatibility, reversed] = [hvcC.readUInt32BE(10), 0]
  for (let bit = 0; bit < 32; bit++, compatibility >>>= 1) reversed = ((reversed << 1) | (compatibility & 1)) >>> 0
  const constraints = [...hvcC.subarray(14, 20)]
  while (constraints.at(-1) === 0) constraints.pop()
  const tier = profile & 0x20 ? 'H' : 'L'
  return ['hvc1', `${space}${profile & 0x1f}`, reversed.toString(16).toUpperCase(), `${tier}${hvcC[20]}`, ...constraints.map((byte) => byte.toString(16).toUpperCase())].join('.')
}

/** AV1 in ISOBMFF, section 5: profile, level and tier, bit depth. */
function av1Codecs(av1C: Buffer): string {
  const [first, second] = [av1C[9] as number, av1C[10] as number]
  const depth = second & 0x40 ? (second & 0x20 ? 12 : 10) : 8
  const level = String(first & 0x1f).padStart(2, '0')
  return `av01.${first >> 5}.${level}${second & 0x80 ? 'H' : 'M'}.${String(depth).padStart(2, '0')}`
}
