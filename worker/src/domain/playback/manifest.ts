/** What of an encode a player is offered, as HLS and DASH say it. Pure: from the plan and the committed chunks alone. */
import { type AudioStream, type EncodePlan, SEGMENT_SECONDS, SEGMENTS_PER_KEY, type VideoRung } from '@avocet/shared/encode'
import { type DashTrack, dashManifest } from '@avocet/shared/dash'
import { type AudioRendition, masterPlaylist, mediaPlaylist, type VariantStream } from '@avocet/shared/hls'
import { type CommittedRendition, committedRendition, neededRenditions } from '../encodes/committed.ts'
import type { Chunk } from '../encodes/encode.ts'
import { averageRate, peakRate, worthwhileRungs } from './rates.ts'

export interface Presentation {
  plan: EncodePlan
  chunks: readonly Chunk[]
  /** Whether segments may still follow. */
  growing: boolean
}

interface Rung extends Rates {
  rung: VideoRung
  made: CommittedRendition
}
interface Sound extends Rates {
  stream: AudioStream
  made: CommittedRendition
}
interface Rates {
  peak: number
  average: number
}

/** Variants from this short side on are offered with surround sound as well: who has the speakers has the screen and the line. */
const SURROUND_SHORT_SIDE = 720
const STEREO_CHANNELS = 2
/** Players begin with the first variant: the best one up to this average rate. */
const START_BPS = 2_500_000

/** The multivariant playlist; rates are measured from what was made (RFC 8216bis 4.4.6.2). */
export function masterOf(presentation: Presentation): string {
  const groups = soundGroups(presentation)
  const audio = groups.flatMap(({ id, members }) => members.map(({ stream, name, isDefault }) => renditionOf(id, stream, name, isDefault)))
  const { num, den } = presentation.plan.frameRate
  const pictures = startInTheMiddle(offeredRungs(presentation)).flatMap(({ rung, made, peak, average }): VariantStream[] => {
    const picture = { width: rung.width, height: rung.height, frameRate: num / den }
    const heard = groups.filter(({ id }) => id !== 'surround' || Math.min(rung.width, rung.height) >= SURROUND_SHORT_SIDE)
    const variant = { uri: `${rung.name}.m3u8`, picture }
    return heard.length === 0
      ? [{ ...variant, ...ratesOf([{ peak, average }]), codecs: [made.codecs], sound: null }]
      : heard.map(({ id, members }) => ({ ...variant, ...ratesOf([{ peak, average }, heaviest(members)]), codecs: [made.codecs, ...codecsOf(members)], sound: id }))
  })
  if (pictures.length > 0 || presentation.plan.video.length > 0) return masterPlaylist(pictures, audio)
  const alone = groups.map(({ id, members }): VariantStream => {
    const main = members.find(({ isDefault }) => isDefault) ?? members[0]!
    return { uri: `${main.stream.name}.m3u8`, picture: null, ...ratesOf([heaviest(members)]), codecs: codecsOf(members), sound: id }
  })
  return masterPlaylist(alone, audio)
}

/** One rendition's playlist: its committed prefix, cut to what picture and default sound share while it grows. Null: nothing is committed. */
export function mediaOf(presentation: Presentation, name: string, type: 'EVENT' | 'VOD', base: string, encrypted: boolean): string | null {
  const { plan, chunks, growing } = presentation
  const made = committedRendition(plan, chunks, name)
  if (!made) return null
  const shared = () => Math.min(...neededRenditions(plan).map((one) => secondsOf(committedRendition(plan, chunks, one))))
  const listed = growing ? segmentsWithin(made, shared()) : made.segments
  return mediaPlaylist({
    type,
    ended: !growing,
    targetSeconds: Math.max(SEGMENT_SECONDS, ...made.segments.map(({ duration }) => Math.round(duration / made.timescale))),
    mapUri: `${base}/${name}/init.mp4`,
    segments: listed.map((segment) => ({ uri: `${base}/${name}/${fileOf(segment)}`, seconds: segment.duration / made.timescale })),
    key: encrypted ? { uriOf: (index) => `key/${index}`, segmentsPerKey: SEGMENTS_PER_KEY } : null,
  })
}

const secondsOf = (made: CommittedRendition | null): number => (made ? made.segments.reduce((sum, { duration }) => sum + duration, 0) / made.timescale : 0)

/** The first segment, and those behind it of which more than a quarter lies within `seconds`: pictures and sounds do not end in the same instant. */
function segmentsWithin({ segments, timescale }: CommittedRendition, seconds: number): CommittedRendition['segments'] {
  let start = 0
  return segments.filter(({ duration }, at) => {
    const reaches = start + duration / 4
    start += duration
    return at === 0 || reaches < seconds * timescale
  })
}

/** The DASH manifest of a whole, unencrypted encode: the segments HLS names, under `base`. */
export function dashOf(presentation: Presentation, base: string): string {
  const trackOf = ({ made, peak }: Rung | Sound): Omit<DashTrack, 'kind'> => ({
    id: made.name,
    bandwidth: Math.ceil(peak),
    codecs: made.codecs,
    timescale: made.timescale,
    initUri: `${base}/${made.name}/init.mp4`,
    segments: made.segments.map((segment) => ({ uri: `${base}/${made.name}/${fileOf(segment)}`, duration: segment.duration })),
  })
  const video = offeredRungs(presentation).map((one): DashTrack => {
    const { width, height, codec } = one.rung
    return { ...trackOf(one), kind: { type: 'video', width, height, frameRate: presentation.plan.frameRate, codec } }
  })
  const main = presentation.plan.audio.find(({ isDefault }) => isDefault)?.sourceIndex
  const audio = committedSounds(presentation).map((one): DashTrack => {
    const { label, language, sourceIndex, channels } = one.stream
    return { ...trackOf(one), kind: { type: 'audio', label, language, isMain: sourceIndex === main, channels } }
  })
  return dashManifest([...video, ...audio])
}

/** Rungs to offer, each codec's highest first. What little is gained by is left out once all is measured. */
function offeredRungs({ plan, chunks, growing }: Presentation): Rung[] {
  const rungs = plan.video.flatMap((rung): Rung[] => {
    const made = committedRendition(plan, chunks, rung.name)
    // While it grows, other codecs lag behind H.264: a player on one of them would run dry.
    if (!made || (growing && rung.codec !== 'h264')) return []
    // What is to come may be heavier than what is there: the rung's cap stands in.
    return [{ rung, made, average: averageRate(made), peak: growing ? Math.max(peakRate(made), rung.maxrateKbps * 1000) : peakRate(made) }]
  })
  if (growing) return rungs
  return [...new Set(rungs.map(({ rung }) => rung.codec))].flatMap((codec) => worthwhileRungs(rungs.filter(({ rung }) => rung.codec === codec)))
}

function committedSounds({ plan, chunks }: Presentation): Sound[] {
  return plan.audio.flatMap((stream) => {
    const made = committedRendition(plan, chunks, stream.name)
    return made ? [{ stream, made, peak: peakRate(made), average: averageRate(made) }] : []
  })
}

interface SoundGroup {
  id: 'sound' | 'surround'
  /** `name` and `isDefault` are those of the stereo sound a member stands for: groups must have the same members. */
  members: (Sound & { name: string; isDefault: boolean })[]
}

/** Every language in stereo; where any has more channels, a second group with those, and stereo for the languages without. */
function soundGroups(presentation: Presentation): SoundGroup[] {
  const sounds = committedSounds(presentation)
  const stereo = sounds.filter(({ stream }) => stream.channels <= STEREO_CHANNELS)
  if (stereo.length === 0) return []
  // While it grows, the heavier sound lags behind: it is offered once it is whole.
  const wide = sounds.filter(({ stream, made }) => stream.channels > STEREO_CHANNELS && (made.complete || !presentation.growing))
  const group = (id: SoundGroup['id'], choose: (of: Sound) => Sound): SoundGroup => ({
    id,
    members: stereo.map((of) => ({ ...choose(of), name: of.stream.label, isDefault: of.stream.isDefault })),
  })
  const surround = (of: Sound) => wide.find(({ stream }) => stream.sourceIndex === of.stream.sourceIndex) ?? of
  return [group('sound', (of) => of), ...(stereo.some((of) => surround(of) !== of) ? [group('surround', surround)] : [])]
}

const renditionOf = (group: string, stream: AudioStream, name: string, isDefault: boolean): AudioRendition => ({
  group,
  uri: `${stream.name}.m3u8`,
  name,
  language: stream.language,
  isDefault,
  channels: stream.channels,
})

const fileOf = ({ chunk, epoch, index }: { chunk: number; epoch: number; index: number }) => `${chunk}-${epoch}-${index}.m4s`

const codecsOf = (members: readonly Sound[]) => [...new Set(members.map(({ made }) => made.codecs))]

const heaviest = (sounds: readonly Rates[]): Rates => ({
  peak: Math.max(...sounds.map(({ peak }) => peak)),
  average: Math.max(...sounds.map(({ average }) => average)),
})

const ratesOf = (parts: readonly Rates[]) => ({
  bandwidth: Math.ceil(parts.reduce((sum, { peak }) => sum + peak, 0)),
  averageBandwidth: Math.ceil(parts.reduce((sum, { average }) => sum + average, 0)),
})

/** H.264, which everything plays, leads with the rung to begin with; the rest follow as they are. */
function startInTheMiddle(rungs: Rung[]): Rung[] {
  const everywhere = rungs.filter(({ rung }) => rung.codec === 'h264')
  const first = everywhere.find(({ average }) => average <= START_BPS) ?? everywhere.at(-1)
  return first ? [first, ...rungs.filter((rung) => rung !== first)] : rungs
}
