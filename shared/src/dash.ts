/** A DASH manifest as text (ISO/IEC 23009-1:2019), static. Pure; the same segments as the HLS playlists, by the same names. */
import type { Rational, VideoCodec } from './encode.ts'

export interface DashTrack {
  id: string
  /** Peak bits a second: enough with a buffer of MIN_BUFFER_SECONDS (clause 5.3.5.4). */
  bandwidth: number
  codecs: string
  timescale: number
  initUri: string
  /** Contiguous from zero; duration in ticks of `timescale`. */
  segments: readonly { uri: string; duration: number }[]
  kind:
    | { type: 'video'; width: number; height: number; frameRate: Rational; codec: VideoCodec }
    | { type: 'audio'; label: string; language: string; isMain: boolean; channels: number }
}

type VideoTrack = DashTrack & { kind: { type: 'video' } }

const MIN_BUFFER_SECONDS = 4

/**
 * The manifest: an adaptation set for each video codec (players switch inside a set without a new decoder) and for each sound.
 * A SegmentList, not a template: names of segments carry chunk and epoch, which no template computes.
 */
export function dashManifest(tracks: readonly DashTrack[]): string {
  const seconds = Math.max(0, ...tracks.map(({ segments, timescale }) => segments.reduce((sum, { duration }) => sum + duration, 0) / timescale))
  const videos = tracks.filter((track): track is VideoTrack => track.kind.type === 'video')
  const codecs = [...new Set(videos.map(({ kind }) => kind.codec))]
  const sets = [
    ...codecs.map((codec) => videoSet(videos.filter(({ kind }) => kind.codec === codec))),
    ...tracks.filter(({ kind }) => kind.type === 'audio').map(audioSet),
  ]
  const root = [
    'xmlns="urn:mpeg:dash:schema:mpd:2011"',
    'profiles="urn:mpeg:dash:profile:isoff-main:2011"',
    'type="static"',
    `mediaPresentationDuration="PT${seconds.toFixed(3)}S"`,
    `minBufferTime="PT${MIN_BUFFER_SECONDS}S"`,
  ]
  return [`<?xml version="1.0" encoding="UTF-8"?>`, `<MPD ${root.join(' ')}>`, '<Period id="0" start="PT0S">', ...sets, '</Period>', '</MPD>', ''].join('\n')
}

function videoSet(tracks: readonly VideoTrack[]): string {
  const representations = tracks.map((track) => {
    const { width, height, frameRate } = track.kind
    return representation(track, `width="${width}" height="${height}" frameRate="${frameRate.num}/${frameRate.den}" sar="1:1"`)
  })
  return ['<AdaptationSet contentType="video" mimeType="video/mp4" segmentAlignment="true" startWithSAP="1">', ...representations, '</AdaptationSet>'].join('\n')
}

function audioSet(track: DashTrack): string {
  if (track.kind.type !== 'audio') return ''
  const { label, language, isMain, channels } = track.kind
  const tongue = language === 'und' ? '' : ` lang="${escaped(language)}"`
  return [
    `<AdaptationSet contentType="audio" mimeType="audio/mp4"${tongue} segmentAlignment="true" startWithSAP="1">`,
    // A channel configuration of ISO/IEC 23091-3: for up to six channels, their number.
    `<AudioChannelConfiguration schemeIdUri="urn:mpeg:mpegB:cicp:ChannelConfiguration" value="${channels}"/>`,
    `<Label>${escaped(label)}</Label>`,
    `<Role schemeIdUri="urn:mpeg:dash:role:2011" value="${isMain ? 'main' : 'alternate'}"/>`,
    representation(track, ''),
    '</AdaptationSet>',
  ].join('\n')
}

function representation({ id, bandwidth, codecs, timescale, initUri, segments }: DashTrack, more: string): string {
  return [
    `<Representation id="${id}" bandwidth="${bandwidth}" codecs="${codecs}"${more && ` ${more}`}>`,
    `<SegmentList timescale="${timescale}">`,
    `<Initialization sourceURL="${escaped(initUri)}"/>`,
    `<SegmentTimeline>${timeline(segments.map(({ duration }) => duration))}</SegmentTimeline>`,
    ...segments.map(({ uri }) => `<SegmentURL media="${escaped(uri)}"/>`),
    '</SegmentList>',
    '</Representation>',
  ].join('\n')
}

/** Runs of equal durations in one element each (clause 5.3.9.6). */
function timeline(durations: readonly number[]): string {
  const runs: { start: number; duration: number; repeats: number }[] = []
  let start = 0
  for (const duration of durations) {
    const last = runs.at(-1)
    if (last && last.duration === duration) last.repeats += 1
    else runs.push({ start, duration, repeats: 0 })
    start += duration
  }
  return runs.map((run) => `<S t="${run.start}" d="${run.duration}"${run.repeats > 0 ? ` r="${run.repeats}"` : ''}/>`).join('')
}

/** For attributes and text alike; what XML 1.0 does not allow at all is dropped. */
function escaped(text: string): string {
  return [...text.replace(/[\u0000-\u001f\u007f\ufffe\uffff]/g, ' ')]
    .map((letter) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[letter] ?? letter)
    .join('')
}
