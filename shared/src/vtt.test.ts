import { expect, test } from 'vitest'
import { chaptersVtt, storyboardVtt, timestamp } from './vtt.ts'

test('timestamps carry hours, minutes, seconds and milliseconds', () => {
  expect([0, 1.5, 61.0004, 3661.999, 36_000].map(timestamp)).toEqual(['00:00:00.000', '00:00:01.500', '00:01:01.000', '01:01:01.999', '10:00:00.000'])
})

test('each tile has a cue with its place on its sheet, the last one lasts to the end', () => {
  const storyboard = { sheets: 2, columns: 2, rows: 2, tileWidth: 160, tileHeight: 90, intervalSeconds: 2, tiles: 5, bytes: 1 }
  const text = storyboardVtt(storyboard, 9.5, (sheet) => `storyboard-${sheet}.jpg`)
  expect(text.startsWith('WEBVTT\n\n')).toBe(true)
  expect(text).toContain('00:00:06.000 --> 00:00:08.000\nstoryboard-0.jpg#xywh=160,90,160,90')
  expect(text).toContain('00:00:08.000 --> 00:00:09.500\nstoryboard-1.jpg#xywh=0,0,160,90')
})

test('chapters are cues with plain one-line titles; a nameless one has its number', () => {
  const chapters = [
    { startSeconds: 0, endSeconds: 61.5, title: 'A <b>bold</b>\n--> start' },
    { startSeconds: 61.5, endSeconds: 62, title: ' ' },
  ]
  expect(chaptersVtt(chapters)).toBe(
    'WEBVTT\n\n00:00:00.000 --> 00:01:01.500\nA &lt;b&gt;bold&lt;/b&gt; --&gt; start\n\n00:01:01.500 --> 00:01:02.000\n2\n',
  )
})
