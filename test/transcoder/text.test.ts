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

test('pictures of text are not listed: nothing is asked of hosts for them', async () => {
  const { media, tracks } = await read(clip('dvd.mkv', ...picture(2, '720x480'), '-i', file('e.srt', srt('Never')), '-map', '0', ...h264))
  expect(media.subtitles).toEqual([])
  expect(tracks).toEqual([])
})
