/** Coded pictures: what their bytes say, against what the boxes around them say. */
import type { Init } from './boxes.ts'

/** NAL units of a sample, by the configuration's length size (ISO/IEC 14496-15 5.3.3, 8.3.3). */
function nalUnits({ configuration, entry }: Init, data: Buffer): Buffer[] {
  const lengthSize = ((configuration?.[entry.startsWith('avc') ? 12 : 29] ?? 3) & 3) + 1
  const units: Buffer[] = []
  for (let at = 0; at + lengthSize <= data.length; ) {
    const size = data.readUIntBE(at, lengthSize)
    units.push(data.subarray(at + lengthSize, at + lengthSize + size))
    at += lengthSize + size
  }
  return units
}

const isAvc = (init: Init) => init.entry.startsWith('avc')
const isHevc = (init: Init) => init.entry.startsWith('hvc') || init.entry.startsWith('hev')
const nalType = (init: Init, unit: Buffer) => (isAvc(init) ? (unit[0] ?? 0) & 31 : ((unit[0] ?? 0) >> 1) & 63)

/** Whether decoding can begin here and nothing after it looks back: IDR in H.264 and HEVC, a shown key frame in AV1. */
export function isKeyPicture(init: Init, data: Buffer): boolean {
  if (init.entry === 'av01') return isAv1Key(data)
  const slices = nalUnits(init, data).map((unit) => nalType(init, unit)).filter((type) => (isAvc(init) ? type >= 1 && type <= 5 : type < 32))
  return slices.length > 0 && slices.every((type) => (isAvc(init) ? type === 5 : type === 19 || type === 20))
}

/** Parameter sets inside a sample: `avc1` and `hvc1` promise that there are none (ISO/IEC 14496-15 5.4.2.1, 8.4.1). */
export function parameterSets(init: Init, data: Buffer): number[] {
  if (init.entry === 'av01') return []
  return nalUnits(init, data).map((unit) => nalType(init, unit)).filter((type) => (isAvc(init) ? type === 7 || type === 8 : type >= 32 && type <= 34))
}

/** The first frame of a temporal unit (AV1 specification 5.3, 5.9.2): show_existing_frame 0, frame_type 0. */
function isAv1Key(data: Buffer): boolean {
  for (let at = 0; at < data.length; ) {
    const header = data[at]!
    const [type, hasExtension, hasSize] = [(header >> 3) & 15, (header & 4) !== 0, (header & 2) !== 0]
    at += hasExtension ? 2 : 1
    let size = data.length - at
    if (hasSize) {
      size = 0
      for (let shift = 0; ; shift += 7) {
        const byte = data[at++] ?? 0
        size += (byte & 127) << shift
        if (byte < 128) break
      }
    }
    if (type === 3 || type === 6) return ((data[at] ?? 255) & 0xe0) === 0
    at += size
  }
  return false
}

/** The codec string by the configuration's own bytes (RFC 6381; ISO/IEC 14496-15 annex E; AV1-ISOBMFF section 5). */
export function codecStringOf(init: Init): string {
  const bytes = init.configuration?.subarray(8) ?? Buffer.alloc(32)
  if (isAvc(init)) return `${init.entry}.${bytes.toString('hex', 1, 4)}`
  if (isHevc(init)) {
    const flags = bytes.readUInt32BE(2).toString(2).padStart(32, '0')
    const compatibility = Number.parseInt([...flags].reverse().join(''), 2).toString(16).toUpperCase()
    const constraints = bytes.toString('hex', 6, 12).toUpperCase().replace(/(00)+$/, '').match(/../g) ?? []
    const profile = `${['', 'A', 'B', 'C'][bytes[1]! >> 6]}${bytes[1]! & 31}`
    return [init.entry, profile, compatibility, `${bytes[1]! & 32 ? 'H' : 'L'}${bytes[12]}`, ...constraints.map((byte) => byte.replace(/^0/, ''))].join('.')
  }
  const depth = bytes[2]! & 64 ? (bytes[2]! & 32 ? '12' : '10') : '08'
  return `av01.${bytes[1]! >> 5}.${String(bytes[1]! & 31).padStart(2, '0')}${bytes[2]! & 128 ? 'H' : 'M'}.${depth}`
}
