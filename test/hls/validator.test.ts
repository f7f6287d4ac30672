/** The validator sees what is wrong: a good output is corrupted rule by rule, and that rule alone must say so. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { clip, h264, picture, sound } from '../transcoder/support.ts'
import { type Answer, type Fetch, overHttp } from '../validator/fetched.ts'
import { brokenGrowth } from '../validator/growth.ts'
import { loadPresentation } from '../validator/presentation.ts'
import { RULES, validate } from '../validator/validate.ts'
import { type ClipSite, serveClip } from './clipSite.ts'
import { type EncodedClip, encodeClip } from './encodedClip.ts'

/** Nine seconds, three segments, two rungs and two languages, once in the clear and once encrypted. */
const made = {} as Record<'clear' | 'locked', { encode: EncodedClip; site: ClipSite; answers: Map<string, Answer> }>

beforeAll(async () => {
  const tone = (hertz: number) => ['-f', 'lavfi', '-i', `sine=f=${hertz}:r=48000:d=9`]
  const languages = ['-metadata:s:a:0', 'language=eng', '-metadata:s:a:1', 'language=deu']
  const file = clip('good.mp4', ...picture(9), ...sound(9), ...tone(880), '-map', '0', '-map', '1', '-map', '2', ...h264, '-c:a', 'aac', ...languages)
  for (const kind of ['clear', 'locked'] as const) {
    const encode = await encodeClip(file, { encrypted: kind === 'locked' })
    const site = await serveClip(encode)
    const answers = new Map<string, Answer>()
    const record: Fetch = async (url) => {
      const answer = await overHttp(url)
      answers.set(url.pathname, answer)
      return answer
    }
    await loadPresentation(record, site.master, { mpd: site.mpd })
    made[kind] = { encode, site, answers }
  }
})
afterAll(() => {
  for (const { site } of Object.values(made)) site.close()
})

/** Which rules speak up when files whose path ends with `file` are changed. ffmpeg is asked only where asked for. */
async function heard(kind: 'clear' | 'locked', changes: Record<string, (answer: Answer) => Answer> = {}, { mpd = false } = {}): Promise<string[]> {
  const { site, answers } = made[kind]
  const left = new Set(Object.keys(changes))
  const fetch: Fetch = async (url) => {
    const answer = answers.get(url.pathname) ?? { status: 404, headers: new Headers(), bytes: Buffer.alloc(0) }
    const change = Object.keys(changes).find((file) => url.pathname.endsWith(file))
    left.delete(change ?? '')
    return change ? changes[change]!(answer) : answer
  }
  const of = await loadPresentation(fetch, site.master, { mpd: mpd ? site.mpd : null })
  expect([...left]).toEqual([])
  const findings = await validate(of, RULES.filter(({ name }) => !['decodes', 'cellular-variant', 'trick-play'].includes(name)))
  return findings.filter(({ verdict }) => verdict === 'broken' || verdict === 'advised').map(({ name }) => name)
}

const MASTER = 'master.m3u8'
/** Replaces text once. A change that changes nothing would prove nothing. */
const text = (from: string | RegExp, to: string) => (answer: Answer): Answer => {
  const before = answer.bytes.toString()
  expect(before).not.toBe(before.replace(from, to))
  return { ...answer, bytes: Buffer.from(before.replace(from, to)) }
}
/** Writes bytes `offset` behind the `nth` place where `mark` stands. */
const bytes = (mark: string | Buffer, offset: number, to: number[], nth = 0) => (answer: Answer): Answer => {
  const copy = Buffer.from(answer.bytes)
  let at = copy.indexOf(mark)
  for (let skipped = 0; skipped < nth; skipped++) at = copy.indexOf(mark, at + 1)
  expect(at).toBeGreaterThan(0)
  expect([...copy.subarray(at + offset, at + offset + to.length)]).not.toEqual(to)
  copy.set(to, at + offset)
  return { ...answer, bytes: copy }
}
const header = (name: string, value: string | null) => (answer: Answer): Answer => {
  const headers = new Headers(answer.headers ?? {})
  if (value === null) headers.delete(name)
  else headers.set(name, value)
  return { ...answer, headers }
}
/** The first samples' flags in a trun that has them (0x4). */
const NON_SYNC = [1, 1, 0, 0]

test('a good output breaks no rule, in the clear or encrypted', async () => {
  expect(await heard('clear', {}, { mpd: true })).toEqual([])
  expect(await heard('locked')).toEqual([])
})

test('every rule has a number of the reference, and each number from 1 to 35 a rule', () => {
  expect([...new Set(RULES.map(({ number }) => number))]).toEqual(Array.from({ length: 35 }, (_, at) => at + 1))
  expect(new Set(RULES.map(({ name }) => name)).size).toBe(RULES.length)
})

test.each<[rules: string, what: string, changes: Record<string, (answer: Answer) => Answer>]>([
  ['master-syntax', 'no version', { [MASTER]: text('#EXT-X-VERSION:7\n', '') }],
  ['master-syntax', 'a tag of media playlists', { [MASTER]: text('#EXT-X-VERSION:7\n', '#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:4\n') }],
  ['variant-attributes', 'no FRAME-RATE', { [MASTER]: text(',FRAME-RATE=30.000', '') }],
  ['variant-attributes', 'another FRAME-RATE', { [MASTER]: text('30.000', '29.970') }],
  ['variant-attributes', 'another RESOLUTION', { [MASTER]: text('640x360', '640x362') }],
  ['codecs', 'another profile', { [MASTER]: text('avc1.64', 'avc1.4d') }],
  ['codecs', 'the sound left out', { [MASTER]: text(',mp4a.40.2', '') }],
  ['bandwidth', 'BANDWIDTH below the peak', { [MASTER]: text(/:BANDWIDTH=\d/, ':BANDWIDTH=') }],
  ['bandwidth', 'AVERAGE-BANDWIDTH above what it is', { [MASTER]: text(/AVERAGE-BANDWIDTH=/, 'AVERAGE-BANDWIDTH=1') }],
  ['independent-segments', 'not said', { [MASTER]: text('#EXT-X-INDEPENDENT-SEGMENTS\n', '') }],
  ['groups-exist', 'a group nobody defines', { [MASTER]: text('CLOSED-CAPTIONS=NONE', 'CLOSED-CAPTIONS=NONE,SUBTITLES="text"') }],
  ['groups-exist', 'a group nobody names', { [MASTER]: text(/((#EXT-X-MEDIA.*\n)+)/, '$1#EXT-X-MEDIA:TYPE=VIDEO,GROUP-ID="angles",NAME="One"\n') }],
  ['media-attributes', 'two defaults', { [MASTER]: text('DEFAULT=NO', 'DEFAULT=YES') }],
  ['media-attributes', 'a default that is not selected', { [MASTER]: text('AUTOSELECT=YES', 'AUTOSELECT=NO') }],
  ['media-attributes', 'one name twice', { [MASTER]: text('NAME="de"', 'NAME="en"') }],
  ['media-attributes', 'no language of BCP-47', { [MASTER]: text('LANGUAGE="de"', 'LANGUAGE="Deutsch!"') }],
  ['media-attributes', 'no CHANNELS', { [MASTER]: text(/,CHANNELS="\d"/, '') }],
  ['no-duplicate-variants', 'a variant twice', { [MASTER]: text(/(#EXT-X-STREAM-INF.*\n.*\n)/, '$1$1') }],
  ['bandwidth first-variant', 'a heavy start', { [MASTER]: text(/AVERAGE-BANDWIDTH=\d+/, 'AVERAGE-BANDWIDTH=9000000') }],
  ['bandwidth peak-to-average', 'one segment heavier than the rest together', { 'v360/0-1-0.m4s': (answer) => ({ ...answer, bytes: Buffer.concat([answer.bytes, Buffer.alloc(4_000_000)]) }) }],
  ['video-range', 'not said', { [MASTER]: text(',VIDEO-RANGE=SDR', '') }],
  ['video-range', 'PQ said of SDR', { [MASTER]: text('VIDEO-RANGE=SDR', 'VIDEO-RANGE=PQ') }],
  ['aspect-ratio', 'one rung wider', { [MASTER]: text('426x240', '430x240'), 'v240/init.mp4': bytes('tkhd', 80, [0x01, 0xae]) }],
  ['target-duration', 'below the longest segment', { 'v360.m3u8': text('DURATION:4', 'DURATION:3') }],
  ['target-duration', 'no integer', { 'v360.m3u8': text('DURATION:4', 'DURATION:4.5') }],
  ['version', 'too old for EXT-X-MAP', { 'v360.m3u8': text('VERSION:7', 'VERSION:5') }],
  ['map-first', 'after the first segment', { 'v360.m3u8': text(/(#EXT-X-MAP.*\n)(#EXTINF.*\n.*\n)/, '$2$1') }],
  ['playlist-type', 'VOD without an end', { 'v360.m3u8': text('#EXT-X-ENDLIST\n', '') }],
  ['media-sequence', 'not from zero', { 'v360.m3u8': text('SEQUENCE:0', 'SEQUENCE:3') }],
  ['segment-durations', 'EXTINF off by 100 ms', { 'v360.m3u8': text('EXTINF:4.000000', 'EXTINF:4.100000') }],
  ['aligned-segments', 'one rung ends earlier', { 'v240.m3u8': text(/#EXTINF:1\.0.*\n.*\n/, '') }],
  ['even-segments', 'far from the target', { 'v360.m3u8': text('DURATION:4', 'DURATION:20') }],
  ['no-discontinuity', 'in the middle', { 'v360.m3u8': text('EXTINF:4.000000,\nm/v360/1', 'EXT-X-DISCONTINUITY\n#EXTINF:4.000000,\nm/v360/1') }],
  ['addresses', 'a secret in the query', { [MASTER]: text('v240.m3u8', 'v240.m3u8?token=secret') }],
  ['addresses', 'another content type', { 'v360/init.mp4': header('Content-Type', 'text/plain') }],
  ['addresses', 'closed to other sites', { 'a0.m3u8': header('Access-Control-Allow-Origin', null) }],
  ['init-segment', 'no mvex', { 'v360/init.mp4': bytes('mvex', 0, [...Buffer.from('free')]) }],
  ['init-segment', 'a sound cut by more than its priming', { 'a0/init.mp4': bytes('elst', 16, [0, 0, 8, 0]) }],
  ['init-segment', 'no ftyp', { 'v360/init.mp4': bytes(Buffer.from('ftyp'), 0, [...Buffer.from('free')]) }],
  ['fragments', 'a decode time one tick late', { 'v360/0-1-0.m4s': bytes('tfdt', 15, [1]) }],
  ['fragments', 'a sequence number again', { 'v360/1-1-0.m4s': bytes('mfhd', 8, [0, 0, 0, 2]) }],
  ['fragments', 'offsets from the file', { 'v360/0-1-0.m4s': bytes('tfhd', 5, [0]) }],
  ['fragments', 'no segment at all', { 'v360/0-1-0.m4s': (answer) => ({ ...answer, bytes: Buffer.from(answer.bytes).fill(0) }) }],
  ['sync-first', 'a slice that is no IDR', { 'v360/1-1-0.m4s': sliceType(1) }],
  ['decoder-configuration', 'parameter sets in a sample', { 'v360/0-1-0.m4s': sliceType(7, 6) }],
  ['keyframe-interval', 'one keyframe missing', { 'v360/0-1-0.m4s': bytes('trun', 16, NON_SYNC, 1) }],
  ['sync-first keyframe-interval', 'a segment without a sync sample', { 'v360/1-1-0.m4s': bytes('trun', 16, NON_SYNC) }],
  ['sound-continuity', 'sound that ends a segment early', { 'a1.m3u8': text(/(#EXTINF.*\n.*\n)#EXTINF.*\n.*\n#EXTINF.*\n.*\n/, '$1') }],
  ['no-metadata', 'an address', { 'v360/init.mp4': bytes('mdirappl', 0, [...Buffer.from('me@ab.co')]) }],
])('%s: %s', async (rules, _, changes) => {
  expect(await heard('clear', changes)).toEqual(rules.split(' '))
})

/** Gives the first NAL unit of type `from` in the first sample another type. */
function sliceType(to: number, from = 5) {
  return (answer: Answer): Answer => {
    const copy = Buffer.from(answer.bytes)
    let at = copy.indexOf('mdat') + 4
    while ((copy[at + 4]! & 31) !== from) at += 4 + copy.readUInt32BE(at)
    copy[at + 4] = (copy[at + 4]! & 0xe0) | to
    return { ...answer, bytes: copy }
  }
}

test.each<[what: string, changes: Record<string, (answer: Answer) => Answer>]>([
  ['another key', { 'key/0': (answer) => ({ ...answer, bytes: Buffer.alloc(16, 7) }) }],
  ['a key too short', { 'key/0': (answer) => ({ ...answer, bytes: answer.bytes.subarray(1) }) }],
  ['another IV', { 'v360.m3u8': text(/(EXT-X-KEY.*)\n/, `$1,IV=0x${'0'.repeat(31)}9\n`) }],
  ['an IV of other length', { 'v360.m3u8': text(/(EXT-X-KEY.*)\n/, '$1,IV=0x00\n') }],
  ['a method players do not know', { 'v360.m3u8': text('METHOD=AES-128', 'METHOD=AES-256') }],
  ['a key before the map, without an IV', { 'v360.m3u8': text(/(#EXT-X-MAP.*\n)(#EXT-X-KEY.*\n)/, '$2$1') }],
])('keys: %s', async (_, changes) => {
  expect(await heard('locked', changes)).toEqual(['keys'])
})

test.each<[what: string, change: (answer: Answer) => Answer]>([
  ['a segment missing', text(/<SegmentURL.*\n/, '')],
  ['another duration', text('<S t="0" d="61440" r="1"/>', '<S t="0" d="61441" r="1"/>')],
  ['a gap', text('<S t="122880"', '<S t="122881"')],
  ['elements out of order', text(/(<Initialization.*\n)(<SegmentTimeline.*\n)/, '$2$1')],
  ['a required attribute missing', text(' minBufferTime="PT4S"', '')],
  ['a rung that is not in the playlists', text('id="v240"', 'id="v241"')],
])('dash: %s', async (_, change) => {
  expect(await heard('clear', { 'manifest.mpd': change }, { mpd: true })).toEqual(['dash'])
})

test('trick-play: advised without I-frame playlists; not applicable where byte ranges could not be decrypted', async () => {
  const rule = RULES.filter(({ name }) => name === 'trick-play')
  const verdict = async (kind: 'clear' | 'locked') => (await validate(await loadPresentation(overHttp, made[kind].site.master), rule))[0]?.verdict
  expect([await verdict('clear'), await verdict('locked')]).toEqual(['advised', 'not applicable'])
})

test('cellular-variant: advised where the lightest variant is too heavy for a bad line', async () => {
  const rule = RULES.filter(({ name }) => name === 'cellular-variant')
  expect((await validate(await loadPresentation(overHttp, made.clear.site.master), rule))[0]?.verdict).toBe('advised')
})

test('subtitle-segments: WebVTT without its place on the timeline', async () => {
  const rule = RULES.filter(({ name }) => name === 'subtitle-segments')
  const of = await loadPresentation(overHttp, made.clear.site.master)
  const verdict = async (text: string) => (await validate({ ...of, subtitles: [{ url: of.url, text }] }, rule))[0]?.verdict
  expect(await verdict('WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n')).toBe('kept')
  expect(await verdict('WEBVTT\n\n')).toBe('broken')
})

test('decodes: ffmpeg reads keys, init segments and all variants; damaged pictures and a wrong frame count are told', async () => {
  const rule = RULES.filter(({ name }) => name === 'decodes')
  const { site, encode } = made.locked
  const verdict = async (frames: number, where = made.locked.site) => (await validate(await loadPresentation(overHttp, where.master, { frames }), rule))[0]?.verdict
  expect(await verdict(encode.frames)).toBe('kept')
  expect(await verdict(encode.frames + 1)).toBe('broken')
  const { clear } = made
  const objects = new Map([...clear.encode.objects].map(([key, value]) => [key, key.endsWith('v240/1-1-0.m4s') ? Uint8Array.from(value, (byte, at) => (at > 2000 && at % 50 === 0 ? 0 : byte)) : value]))
  const damaged = await serveClip({ ...clear.encode, objects })
  expect(await verdict(clear.encode.frames, damaged)).toBe('broken')
  damaged.close()
  expect(site.requests).toContain('/p/token/key/0')
})

test('growth: what was there may not change, nor its target, nor may it lose its end', async () => {
  const site = await serveClip(made.locked.encode, 'EVENT')
  site.committed = 1
  const young = await loadPresentation(overHttp, site.master)
  site.committed = 2
  const old = await loadPresentation(overHttp, site.master)
  site.close()
  expect(brokenGrowth(young, old)).toEqual([])
  const changed = (from: string, to: string) => ({ ...old, renditions: old.renditions.map((one) => (one.name === 'v360.m3u8' ? { ...one, text: one.text.replace(from, to), tags: one.tags.map((tag) => ({ ...tag, value: tag.value.replace(from, to) })) } : one)) })
  expect(brokenGrowth(young, changed('4.000000', '4.000001'))).toEqual(['v360.m3u8: playlist-type: what was there was changed, not appended to'])
  expect(brokenGrowth(young, { ...old, renditions: old.renditions.slice(1) })).toEqual([`${old.renditions[0]?.name}: is gone`])
  expect(brokenGrowth(old, young)).toHaveLength(4)
})
