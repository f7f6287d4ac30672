/** Playlists as text (RFC 8216bis). Pure; which segments exist and how they are addressed is the caller's business. */

export interface VariantStream {
  uri: string
  /** Peak bits a second with the heaviest sound; RFC 8216bis 4.4.6.2. */
  bandwidth: number
  averageBandwidth: number
  codecs: readonly string[]
  width: number
  height: number
  frameRate: number
}

export interface AudioRendition {
  uri: string
  name: string
  language: string
  isDefault: boolean
  channels: number
}

const AUDIO_GROUP = 'sound'

/** The multivariant playlist. Without variants the sound itself becomes the variant. */
export function masterPlaylist(variants: readonly VariantStream[], audio: readonly AudioRendition[], soundOnly: Omit<VariantStream, 'width' | 'height' | 'frameRate'> | null): string {
  const lines = ['#EXTM3U', '#EXT-X-VERSION:7', '#EXT-X-INDEPENDENT-SEGMENTS']
  for (const rendition of audio) {
    const language = rendition.language === 'und' ? '' : `,LANGUAGE="${rendition.language}"`
    lines.push(
      `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="${AUDIO_GROUP}",NAME="${quoted(rendition.name)}"${language},DEFAULT=${rendition.isDefault ? 'YES' : 'NO'},AUTOSELECT=YES,CHANNELS="${rendition.channels}",URI="${rendition.uri}"`,
    )
  }
  const group = audio.length > 0 ? `,AUDIO="${AUDIO_GROUP}"` : ''
  for (const variant of variants) {
    lines.push(
      `#EXT-X-STREAM-INF:BANDWIDTH=${variant.bandwidth},AVERAGE-BANDWIDTH=${variant.averageBandwidth},CODECS="${variant.codecs.join(',')}",RESOLUTION=${variant.width}x${variant.height},FRAME-RATE=${variant.frameRate.toFixed(3)},VIDEO-RANGE=SDR,CLOSED-CAPTIONS=NONE${group}`,
      variant.uri,
    )
  }
  if (soundOnly) {
    lines.push(`#EXT-X-STREAM-INF:BANDWIDTH=${soundOnly.bandwidth},AVERAGE-BANDWIDTH=${soundOnly.averageBandwidth},CODECS="${soundOnly.codecs.join(',')}"${group}`, soundOnly.uri)
  }
  return `${lines.join('\n')}\n`
}

export interface MediaPlaylist {
  /** A session never sees its type change: EVENT ones grow, then end; VOD ones are whole from the start. */
  type: 'EVENT' | 'VOD'
  ended: boolean
  targetSeconds: number
  mapUri: string
  segments: readonly { uri: string; seconds: number }[]
  /** Null: not encrypted. Otherwise a new key every `segmentsPerKey`; no IV, so it is the segment's number (RFC 8216bis 4.4.4.4). */
  key: { uriOf(index: number): string; segmentsPerKey: number } | null
}

/** A media playlist. EXT-X-KEY stands after EXT-X-MAP: the init segment is not encrypted. */
export function mediaPlaylist(playlist: MediaPlaylist): string {
  const lines = [
    '#EXTM3U',
    '#EXT-X-VERSION:7',
    `#EXT-X-TARGETDURATION:${playlist.targetSeconds}`,
    '#EXT-X-MEDIA-SEQUENCE:0',
    `#EXT-X-PLAYLIST-TYPE:${playlist.type}`,
    '#EXT-X-INDEPENDENT-SEGMENTS',
    // Players start a growing playlist at its end unless told otherwise.
    ...(playlist.type === 'EVENT' ? ['#EXT-X-START:TIME-OFFSET=0,PRECISE=YES'] : []),
    `#EXT-X-MAP:URI="${playlist.mapUri}"`,
  ]
  playlist.segments.forEach(({ uri, seconds }, index) => {
    const { key } = playlist
    if (key && index % key.segmentsPerKey === 0) lines.push(`#EXT-X-KEY:METHOD=AES-128,URI="${key.uriOf(index / key.segmentsPerKey)}"`)
    lines.push(`#EXTINF:${seconds.toFixed(6)},`, uri)
  })
  if (playlist.ended) lines.push('#EXT-X-ENDLIST')
  return `${lines.join('\n')}\n`
}

/** A quoted-string may hold neither quotes nor line breaks (RFC 8216bis 4.2). */
function quoted(text: string): string {
  return text.replace(/["\r\n]/g, ' ')
}
