/** Init and media segments as a player reads them (ISO/IEC 14496-12), by mp4box. */
import { createFile, type ISOFile, MP4BoxBuffer } from 'mp4box'

export interface Init {
  bytes: Buffer
  /** Types of its top-level boxes, in order. */
  types: string[]
  tracks: number
  kind: 'video' | 'audio' | 'other'
  timescale: number
  /** Four letters of the sample entry. */
  entry: string
  /** RFC 6381, as mp4box reads it from the sample entry. */
  codecs: string
  /** The decoder configuration (avcC, hvcC, av1C, esds), header included. */
  configuration: Buffer | null
  width: number
  height: number
  hasExtends: boolean
  samples: number
  /** Media time and duration of each edit; null without an edit list. */
  edits: { mediaTime: number; duration: number }[] | null
  /** CICP transfer characteristics; null where not told. */
  transfer: number | null
  /** Types of what stands in udta, an empty list of items not counted. */
  metadata: string[]
  /** Everything but the decoder configuration: encoders sign their name there. */
  words: string
}

export interface Sample {
  /** Ticks of the track. */
  duration: number
  compositionOffset: number
  isSync: boolean
  data: Buffer
}

export interface Fragment {
  sequence: number
  decodeTime: number
  tfdtVersion: number
  defaultBaseIsMoof: boolean
  samples: Sample[]
}

/** What a media segment begins with (section 8.16.3 of ISO/IEC 14496-12). */
const FIRST_BOXES = new Set(['styp', 'sidx', 'moof', 'emsg', 'prft'])
/** sample_is_non_sync_sample. */
const NON_SYNC = 0x10000

function parsed(bytes: Buffer): ISOFile {
  const file = createFile()
  file.appendBuffer(MP4BoxBuffer.fromArrayBuffer(Uint8Array.from(bytes).buffer, 0))
  file.flush()
  return file
}

/** Reads an init segment; null when it is none. */
export function readInit(bytes: Buffer): Init | null {
  const file = parsed(bytes)
  const track = file.moov?.traks[0]
  const entry = track?.mdia.minf.stbl.stsd.entries[0]
  if (!track || !entry) return null
  const [handler, stbl] = [track.mdia.hdlr.handler, track.mdia.minf.stbl]
  const boxes = (entry.boxes ?? []) as unknown as { type: string; start: number; size: number; transfer_characteristics?: number }[]
  const configuration = boxes.find(({ type }) => ['avcC', 'hvcC', 'av1C', 'esds'].includes(type))
  return {
    bytes,
    types: file.boxes.map(({ type }) => type as string),
    tracks: file.moov.traks.length,
    kind: handler === 'vide' ? 'video' : handler === 'soun' ? 'audio' : 'other',
    timescale: track.mdia.mdhd.timescale,
    entry: entry.type as string,
    codecs: (entry as unknown as { getCodec(): string }).getCodec().replace(/\.$/, ''),
    configuration: configuration ? bytes.subarray(configuration.start, configuration.start + configuration.size) : null,
    width: track.tkhd.width / 65536,
    height: track.tkhd.height / 65536,
    hasExtends: (file.moov.mvex?.trexs.length ?? 0) === file.moov.traks.length,
    samples: stbl.stsz?.sample_sizes?.length ?? 0,
    edits: track.edts?.elst?.entries.map(({ media_time, segment_duration }) => ({ mediaTime: media_time, duration: segment_duration })) ?? null,
    transfer: boxes.find(({ type }) => type === 'colr')?.transfer_characteristics ?? null,
    metadata: metadataOf(bytes),
    words: bytes.toString('latin1').replace(configuration ? bytes.toString('latin1', configuration.start, configuration.start + configuration.size) : '', ''),
  }
}

/** ffmpeg always writes a udta; what counts is whether its ilst holds an item (ISO/IEC 14496-12 8.10.1). */
function metadataOf(bytes: Buffer): string[] {
  const at = bytes.indexOf('ilst')
  const [hasItems, hasUserData] = [at > 0 && bytes.readUInt32BE(at - 4) > 8, bytes.includes('udta') && at < 0]
  return [...(hasItems ? ['ilst'] : []), ...(hasUserData ? ['udta'] : [])]
}

/** Reads a media segment, with the defaults its init gives; a sentence when it is none. */
export function readSegment(bytes: Buffer, init: Buffer): { types: string[]; fragments: Fragment[] } | string {
  const first = bytes.toString('latin1', 4, 8)
  if (!FIRST_BOXES.has(first)) return `begins with ${JSON.stringify(first)}, not with a box of a segment`
  try {
    return segmentIn(parsed(Buffer.concat([init, bytes])), bytes, init.length)
  } catch (error) {
    return `cannot be read: ${(error as Error).message}`
  }
}

function segmentIn(file: ISOFile, bytes: Buffer, initLength: number): { types: string[]; fragments: Fragment[] } {
  const trex = file.moov.mvex?.trexs[0]
  const fragments = file.moofs.map((moof): Fragment => {
    const traf = moof.trafs[0]!
    const { tfhd, tfdt } = traf
    const samples = traf.truns.flatMap((run) => {
      let at = (moof.start ?? 0) + (run.data_offset ?? 0) - initLength
      return Array.from({ length: run.sample_count }, (_, index): Sample => {
        const size = run.sample_size[index] ?? tfhd.default_sample_size ?? trex?.default_sample_size ?? 0
        const flags = (index === 0 ? run.first_sample_flags : undefined) ?? run.sample_flags[index] ?? tfhd.default_sample_flags ?? trex?.default_sample_flags ?? 0
        at += size
        return {
          duration: run.sample_duration[index] ?? tfhd.default_sample_duration ?? trex?.default_sample_duration ?? 0,
          compositionOffset: run.sample_composition_time_offset[index] ?? 0,
          isSync: (flags & NON_SYNC) === 0,
          data: bytes.subarray(at - size, at),
        }
      })
    })
    return {
      sequence: moof.mfhd.sequence_number,
      decodeTime: tfdt?.baseMediaDecodeTime ?? Number.NaN,
      tfdtVersion: tfdt?.version ?? -1,
      defaultBaseIsMoof: (tfhd.flags & 0x020000) !== 0,
      samples,
    }
  })
  return { types: file.boxes.slice(file.boxes.findIndex(({ type }) => type === 'moov') + 1).map(({ type }) => type as string), fragments }
}
