import { expect, test } from 'vitest'
import { chapterFacts, subtitleFacts } from './textFacts.ts'

const chapter = (start: number, end: number, title?: string) => ({ start_time: String(start), end_time: String(end), tags: title ? { title } : ({} as Record<string, string>) })

test('text subtitles are listed by their place among all subtitles; pictures of text are not', () => {
  const facts = subtitleFacts([
    { codec_type: 'video', codec_name: 'h264' },
    { codec_type: 'subtitle', codec_name: 'hdmv_pgs_subtitle', tags: { language: 'eng' } },
    { codec_type: 'subtitle', codec_name: 'subrip', tags: { language: 'ger', title: 'Voll\u0000' }, disposition: { default: 1 } },
    { codec_type: 'subtitle', codec_name: 'mov_text', tags: { handler_name: 'SubtitleHandler' }, disposition: { forced: 1 } },
  ])
  expect(facts).toEqual([
    { index: 1, codec: 'subrip', language: 'de', title: 'Voll', isDefault: true, isForced: false },
    { index: 2, codec: 'mov_text', language: 'und', title: null, isDefault: false, isForced: true },
  ])
})

test('chapters come in order, without overlap, inside the video and on its clock', () => {
  const chapters = [chapter(21, 1e9, 'Last'), chapter(1, 12, 'First\nline'), chapter(11, 11), chapter(500, 600), chapter(Number.NaN, 3)]
  expect(chapterFacts(chapters, { startSeconds: 1, durationSeconds: 30 })).toEqual([
    { startSeconds: 0, endSeconds: 10, title: 'First line' },
    { startSeconds: 10, endSeconds: 20, title: '' },
    { startSeconds: 20, endSeconds: 30, title: 'Last' },
  ])
})

test('a thousand chapters are enough', () => {
  const many = Array.from({ length: 5000 }, (_, at) => chapter(at, at + 1))
  expect(chapterFacts(many, { startSeconds: 0, durationSeconds: 5000 })).toHaveLength(1000)
})

test('thirty-two text subtitles are enough', () => {
  expect(subtitleFacts(Array.from({ length: 40 }, () => ({ codec_type: 'subtitle' as const, codec_name: 'subrip' })))).toHaveLength(32)
})
