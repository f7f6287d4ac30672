import { expect, test } from 'vitest'
import { storyboardVtt, timestamp } from './vtt.ts'

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
