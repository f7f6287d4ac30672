import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { MAX_VTT_CHARACTERS } from '../../shared/src/job.ts'
import { probe } from '../../transcoder/src/media/probe.ts'
import { extractText } from '../../transcoder/src/steps/text.ts'
import { clip, h264, openSource, picture, scratch, tools } from './support.ts'

function file(name: string, text: string): string {
  const path = join(scratch, name)
  writeFileSync(path, text)
  return path
}
const srt = (text: string, from = '00:00:01,000', to = '00:00:02,500') => `1\n${from} --> ${to}\n${text}\n\n`
const ass = `[Script Info]\nScriptType: v4.00+\n\n[V4+ Styles]\nFormat: Name, Fontname, Fontsize\nStyle: Default,Arial,20\n\n[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\nDialogue: 0,0:00:01.00,0:00:02.50,Default,,0,0,0,,{\\i1}Guten{\\i0} Tag\n`

async function read(path: string) {
  const source = await openSource(path)
  const media = await probe(tools, source.url, source.sizeBytes, source.signal)
  const task = { kind: 'text' as const, subtitles: media.subtitles }
  return { media, tracks: await extractText(source.context(task), task) }
}

test('SubRip and ASS streams of a Matroska file become WebVTT, with language, title and flags; chapters are read', async () => {
  const chapters = file('chapters.ini', ';FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1000\ntitle=Beginning\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=1000\nEND=3000\ntitle=End & more\n')
  const { media, tracks } = await read(
    clip(
      'texts.mkv',
      ...picture(3, '64x64'),
      ...['-i', file('a.srt', srt('Hello <i>there</i>')), '-i', file('b.ass', ass), '-i', chapters],
      ...['-map', '0', '-map', '1', '-map', '2', '-map_chapters', '3', ...h264, '-c:s:0', 'srt', '-c:s:1', 'ass'],
      ...['-metadata:s:s:0', 'language=eng', '-metadata:s:s:0', 'title=Full', '-metadata:s:s:1', 'language=ger', '-disposition:s:0', 'default', '-disposition:s:1', 'forced'],
    ),
  )
  expect(media.subtitles).toEqual([
    { index: 0, codec: 'subrip', language: 'en', title: 'Full', isDefault: true, isForced: false },
    { index: 1, codec: 'ass', language: 'de', title: null, isDefault: false, isForced: true },
  ])
  expect(media.chapters).toEqual([
    { startSeconds: 0, endSeconds: 1, title: 'Beginning' },
    { startSeconds: 1, endSeconds: 3, title: 'End & more' },
  ])
  expect(tracks.map(({ index }) => index)).toEqual([0, 1])
  expect(tracks[0]?.vtt).toMatch(/^WEBVTT\s+00:01\.000 --> 00:02\.500\nHello <i>there<\/i>/)
  expect(tracks[1]?.vtt).toMatch(/00:01\.000 --> 00:02\.500\n<i>Guten<\/i> Tag/)
})

test('timed text of an MP4 and WebVTT of a WebM become WebVTT; times are on the clock of a video that starts at zero', async () => {
  const text = ['-i', file('c.srt', srt('One'))]
  const mp4 = await read(clip('texts.mp4', ...picture(3, '64x64'), ...text, '-map', '0', '-map', '1', ...h264, '-c:s', 'mov_text'))
  expect(mp4.media.subtitles).toMatchObject([{ codec: 'mov_text' }])
  expect(mp4.tracks[0]?.vtt).toMatch(/00:01\.000 --> 00:02\.500\nOne/)
  const webm = await read(
    clip('texts.webm', ...picture(3, '64x64'), ...text, '-map', '0', '-map', '1', '-c:v', 'libvpx', '-c:s', 'webvtt', '-output_ts_offset', '5'),
  )
  expect(webm.media.subtitles).toMatchObject([{ codec: 'webvtt' }])
  expect(webm.tracks[0]?.vtt).toMatch(/00:01\.000 --> 00:02\.500\nOne/)
})

test('J20: a cue of 10 MB is left out, and takes neither the other streams nor the host with it', async () => {
  const hostile = file('hostile.srt', srt('word '.repeat(2 * 1024 * 1024)))
  const before = process.memoryUsage().rss
  const { media, tracks } = await read(
    clip('hostile.mkv', ...picture(3, '64x64'), '-i', hostile, '-i', file('d.srt', srt('Small')), '-map', '0', '-map', '1', '-map', '2', ...h264, '-c:s', 'copy'),
  )
  expect(media.subtitles).toHaveLength(2)
  expect(tracks.map(({ index, vtt }) => [index, vtt.includes('Small')])).toEqual([[1, true]])
  expect(tracks[0]!.vtt.length).toBeLessThan(MAX_VTT_CHARACTERS)
  expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024)
})

test('a stream of more than a million characters is left out, and so is what goes beyond six megabytes together; the others stand', async () => {
  const cues = (count: number, letters: number) => Array.from({ length: count }, (_, at) => srt('x'.repeat(letters), `00:00:0${(at % 3)},${String(at % 1000).padStart(3, '0')}`, '00:00:03,000')).join('')
  const [long, wide, small] = [file('long.srt', cues(1100, 1000)), file('wide.srt', cues(960, 1000)), file('small.srt', srt('Small'))]
  const inputs = [long, ...Array.from({ length: 8 }, () => wide), small]
  const { media, tracks } = await read(clip('much.mkv', ...picture(4, '64x64'), ...inputs.flatMap((one) => ['-i', one]), ...inputs.flatMap((_, at) => ['-map', String(at + 1)]), '-map', '0', ...h264, '-c:s', 'copy'))
  expect(media.subtitles).toHaveLength(10)
  // The first is too long by itself; six megabytes hold six of those of one each, and the small one still.
  expect(tracks.map(({ index }) => index)).toEqual([1, 2, 3, 4, 5, 6, 9])
  expect(Buffer.byteLength(JSON.stringify(tracks))).toBeLessThan(6 * 1024 * 1024 + 100)
})

/** A Blu-ray stream of pictures of text (presentation graphics): a bar of eight by two pixels, shown and taken away, twice. */
function pictureText(name: string): string {
  const part = (second: number, kind: number, hex: string) => {
    const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex')
    const head = Buffer.from('PG\0\0\0\0\0\0\0\0\0\0\0')
    head.writeUInt32BE(90_000 * second, 2)
    head.writeUInt8(kind, 10)
    head.writeUInt16BE(bytes.length, 11)
    return Buffer.concat([head, bytes])
  }
  const window = '01 00 0008 0008 0008 0002'
  const line = '0101010101010101 0000'
  const shown = (second: number) => [
    part(second, 0x16, '0040 0040 10 0000 80 00 00 01 0000 00 00 0008 0008'),
    part(second, 0x17, window),
    part(second, 0x14, '00 00 01 eb 80 80 ff'),
    part(second, 0x15, `0000 00 c0 000018 0008 0002 ${line} ${line}`),
    part(second, 0x80, ''),
  ]
  const gone = (second: number) => [part(second, 0x16, '0040 0040 10 0001 00 00 00 00'), part(second, 0x17, window), part(second, 0x80, '')]
  const path = join(scratch, name)
  writeFileSync(path, Buffer.concat([...shown(0), ...gone(1), ...shown(2), ...gone(3)]))
  return path
}

test('pictures of text are not listed: nothing is asked of hosts for them, and the text beside them keeps its place', async () => {
  const { media, tracks } = await read(clip('pgs.mkv', ...picture(4, '64x64'), '-i', pictureText('one.sup'), '-i', file('e.srt', srt('Read')), '-map', '0', '-map', '1', '-map', '2', ...h264, '-c:s', 'copy'))
  expect(media.subtitles).toMatchObject([{ index: 1, codec: 'subrip' }])
  expect(tracks.map(({ index, vtt }) => [index, vtt.includes('Read')])).toEqual([[1, true]])
  expect((await read(clip('pgs-alone.mkv', ...picture(4, '64x64'), '-i', pictureText('two.sup'), '-map', '0', '-map', '1', ...h264, '-c:s', 'copy'))).media.subtitles).toEqual([])
})

test.each([
  ['of a DVD', 'dvdsub', 'mkv'],
  ['of a DVB broadcast', 'dvbsub', 'mkv'],
  ['of a DVB broadcast, as it is sent', 'dvbsub', 'ts'],
])('pictures of text %s are not listed either', async (_, codec, extension) => {
  const path = `${codec}.${extension}`
  const [text, chosen] = extension === 'mkv' ? [['-i', file(`${codec}.srt`, srt('Read'))], ['-map', '2', '-c:s:1', 'srt']] : [[], []]
  const made = clip(path, ...picture(4, '64x64'), '-fix_sub_duration', '-i', pictureText(`${path}.sup`), ...text, '-map', '0', '-map', '1', ...chosen, ...h264, '-c:s:0', codec)
  expect(execFileSync('ffprobe', ['-v', 'error', '-select_streams', 's:0', '-show_entries', 'stream=codec_name', '-of', 'csv=p=0', made], { encoding: 'utf8' })).toContain(codec.replace('sub', '_subtitle'))
  const { media, tracks } = await read(made)
  expect(media.video).not.toBeNull()
  expect(media.subtitles.map(({ index, codec: name }) => [index, name])).toEqual(text.length > 0 ? [[1, 'subrip']] : [])
  expect(tracks.map(({ index, vtt }) => [index, vtt.includes('Read')])).toEqual(text.length > 0 ? [[1, true]] : [])
})
