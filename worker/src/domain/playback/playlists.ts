import type { EncodePlan, Segment } from '@avocet/shared/encode'
import { SEGMENT_SECONDS, SEGMENTS_PER_KEY } from '@avocet/shared/encode'
import { missing } from '@avocet/shared/fault'
import { type AudioRendition, masterPlaylist, mediaPlaylist, type VariantStream } from '@avocet/shared/hls'
import { type CommittedRendition, committedRendition, neededRenditions } from '../encodes/committed.ts'
import type { Chunk, Encode } from '../encodes/encode.ts'
import type { Deps } from '../ports.ts'
import type { PlaybackClaims } from './claims.ts'

/** Where media lies for a session: without a token where bytes are encrypted (shared by all viewers), under the token elsewhere. */
export function mediaBase(deps: Deps, encode: Encode): string {
  return encode.encryption === 'none' ? 'm' : `${deps.config.mediaBaseUrl}/m/${encode.id}`
}

/** The session's encode with what of it is committed. */
async function committedOf(deps: Deps, claims: PlaybackClaims): Promise<{ encode: Encode; plan: EncodePlan; chunks: Chunk[] }> {
  const { encode, chunks } = (await deps.encodes.committed(claims.enc)) ?? missing('encode')
  return { encode, plan: encode.plan ?? missing('encode'), chunks }
}

/** The multivariant playlist of a session; rates are measured from what was made (RFC 8216bis 4.4.6.2). */
export async function writeMaster(deps: Deps, claims: PlaybackClaims): Promise<string> {
  const { plan, chunks } = await committedOf(deps, claims)
  const of = (name: string) => committedRendition(plan, chunks, name)
  const sound = plan.audio.flatMap((stream) => of(stream.name) ?? [])
  const [soundPeak, soundAverage] = [Math.max(0, ...sound.map(peakRate)), Math.max(0, ...sound.map(averageRate))]
  const soundCodecs = [...new Set(sound.map(({ codecs }) => codecs))]
  const variants = plan.video.flatMap((rung): VariantStream[] => {
    const made = of(rung.name)
    // While it grows, other codecs lag behind H.264: a player on one of them would run dry.
    if (!made || (claims.typ === 'EVENT' && rung.codec !== 'h264')) return []
    // While it grows, what is to come may be heavier than what is there: the cap of the rung stands in.
    const peak = claims.typ === 'EVENT' ? Math.max(peakRate(made), rung.maxrateKbps * 1000) : peakRate(made)
    return [
      {
        uri: `${rung.name}.m3u8`,
        bandwidth: Math.ceil(peak + soundPeak),
        averageBandwidth: Math.ceil(averageRate(made) + soundAverage),
        codecs: [made.codecs, ...soundCodecs],
        width: rung.width,
        height: rung.height,
        frameRate: plan.frameRate.num / plan.frameRate.den,
      },
    ]
  })
  const audio = plan.audio.flatMap((stream): AudioRendition[] =>
    of(stream.name)
      ? [{ uri: `${stream.name}.m3u8`, name: stream.label, language: stream.language, isDefault: stream.isDefault, channels: stream.channels }]
      : [],
  )
  const alone = plan.video.length === 0 && audio[0] ? { uri: audio[0].uri, bandwidth: Math.ceil(soundPeak), averageBandwidth: Math.ceil(soundAverage), codecs: soundCodecs } : null
  return masterPlaylist(startInTheMiddle(variants), audio, alone)
}

/** One rendition's playlist: its committed prefix, cut to what picture and default sound share while it grows. */
export async function writeMedia(deps: Deps, claims: PlaybackClaims, name: string): Promise<string> {
  const { encode, plan, chunks } = await committedOf(deps, claims)
  const made = committedRendition(plan, chunks, name) ?? missing('rendition')
  const needed = neededRenditions(plan).map((one) => committedRendition(plan, chunks, one))
  const ended = encode.state === 'ready'
  const shared = ended ? made.segments.length : Math.min(made.segments.length, ...needed.map((one) => one?.segments.length ?? 0))
  const base = mediaBase(deps, encode)
  return mediaPlaylist({
    type: claims.typ,
    ended,
    targetSeconds: Math.max(SEGMENT_SECONDS, ...made.segments.map(({ duration }) => Math.round(duration / made.timescale))),
    mapUri: `${base}/${name}/init.mp4`,
    segments: made.segments
      .slice(0, shared)
      .map(({ chunk, epoch, index, duration }) => ({ uri: `${base}/${name}/${chunk}-${epoch}-${index}.m4s`, seconds: duration / made.timescale })),
    key: encode.encryption === 'none' ? null : { uriOf: (index) => `key/${index}`, segmentsPerKey: SEGMENTS_PER_KEY },
  })
}

const rate = (segment: Segment, timescale: number) => (segment.bytes * 8 * timescale) / segment.duration
/** Heaviest segment; a short last one says nothing of the rate a player needs. */
function peakRate({ segments, timescale }: CommittedRendition): number {
  const whole = segments.length > 1 ? segments.filter(({ duration }) => duration >= timescale) : segments
  return Math.max(...(whole.length > 0 ? whole : segments).map((segment) => rate(segment, timescale)))
}
function averageRate({ segments, timescale }: CommittedRendition): number {
  const [bytes, ticks] = segments.reduce(([b, t], one) => [b + one.bytes, t + one.duration], [0, 0])
  return (bytes * 8 * timescale) / ticks
}

/** Players start with the first variant: one near 2 Mb/s comes first, the rest highest first. */
function startInTheMiddle(variants: VariantStream[]): VariantStream[] {
  const first = variants.find(({ averageBandwidth }) => averageBandwidth <= 2_500_000) ?? variants.at(-1)
  return first ? [first, ...variants.filter((variant) => variant !== first)] : []
}
