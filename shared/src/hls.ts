/** Playlists as text (RFC 8216bis). Pure; which segments exist and how they are addressed is the caller's business. */

export interface VariantStream {
  uri: string
  /** Peak bits a second with the heaviest sound of its group; RFC 8216bis 4.4.6.2. */
  bandwidth: number
  averageBandwidth: number
  codecs: readonly string[]
  /** Null: sound alone. */
  picture: { width: number; height: number; frameRate: number } | null
  /** GROUP-ID of its sound; null: silent. */
  sound: string | null
}

/** A sound as a member of one group. The groups of a playlist have the same members, by name (RFC 8216bis 4.4.6.2.1). */
export interface AudioRendition {
  group: string
  uri: string
  name: string
  language: string
  isDefault: boolean
  channels: number
}

/**
 * The multivariant playlist; the first variant is where players start.
 * It has no EXT-X-I-FRAME-STREAM-INF: such a playlist names byte ranges inside segments, and a range of an AES-128 segment cannot be
 * decrypted (the cipher runs over the whole segment, RFC 8216bis 4.4.4.4). Seek previews come from the storyboard, encrypted or not.
 */
export function masterPlaylist(variants: readonly VariantStream[], audio: readonly AudioRendition[]): string {
  const lines = ['#EXTM3U', '#EXT-X-VERSION:7', '#EXT-X-INDEPENDENT-SEGMENTS']
  for (const { group, name, language, isDefault, channels, uri } of audio) {
    const tongue = language === 'und' ? '' : `,LANGUAGE="${language}"`
    lines.push(
      `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="${group}",NAME="${quoted(name)}"${tongue},DEFAULT=${isDefault ? 'YES' : 'NO'},AUTOSELECT=YES,CHANNELS="${channels}",URI="${uri}"`,
    )
  }
  for (const { uri, bandwidth, averageBandwidth, codecs, picture, sound } of variants) {
    const seen = picture
      ? `,RESOLUTION=${picture.width}x${picture.height},FRAME-RATE=${picture.frameRate.toFixed(3)},VIDEO-RANGE=SDR,CLOSED-CAPTIONS=NONE`
      : ''
    const heard = sound === null ? '' : `,AUDIO="${sound}"`
    lines.push(
      `#EXT-X-STREAM-INF:BANDWIDTH=${bandwidth},AVERAGE-BANDWIDTH=${averageBandwidth},CODECS="${codecs.join(',')}"${seen}${heard}`,
      uri,
    )
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
