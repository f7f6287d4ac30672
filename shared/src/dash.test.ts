import { expect, test } from 'vitest'
import { type DashTrack, dashManifest } from './dash.ts'

const rung = (id: string, codec: 'h264' | 'av1', height: number): DashTrack => ({
  id,
  bandwidth: 1_000_000,
  codecs: 'avc1.64001f',
  timescale: 15360,
  initUri: `m/${id}/init.mp4`,
  segments: [61440, 61440, 61440, 512].map((duration, at) => ({ uri: `m/${id}/0-1-${at}.m4s`, duration })),
  kind: { type: 'video', width: (height * 16) / 9, height, frameRate: { num: 30000, den: 1001 }, codec },
})
const sound = (id: string, label: string, isMain: boolean): DashTrack => ({
  ...rung(id, 'h264', 720),
  timescale: 48000,
  kind: { type: 'audio', label, language: 'de', isMain, channels: 6 },
})

test('players switch inside a codec, never across: each codec is an adaptation set, each sound too', () => {
  const text = dashManifest([rung('v720', 'h264', 720), rung('v360', 'h264', 360), rung('v720a', 'av1', 720), sound('a0', 'Deutsch', true), sound('a1', 'Ton', false)])
  const sets = text.split('<AdaptationSet ').slice(1).map((set) => [...set.matchAll(/Representation id="(\w+)"/g)].map(([, id]) => id))
  expect(sets).toEqual([['v720', 'v360'], ['v720a'], ['a0'], ['a1']])
  expect(text.match(/value="(main|alternate)"/g)).toEqual(['value="main"', 'value="alternate"'])
  expect(text).toContain('frameRate="30000/1001"')
})

test('equal durations are one run, and times are contiguous', () => {
  expect(dashManifest([rung('v720', 'h264', 720)])).toContain('<SegmentTimeline><S t="0" d="61440" r="2"/><S t="184320" d="512"/></SegmentTimeline>')
})

test('the whole lasts as long as its longest track', () => {
  expect(dashManifest([rung('v720', 'h264', 720)])).toContain('mediaPresentationDuration="PT12.033S"')
})

test('a name cannot break out of its element', () => {
  const text = dashManifest([sound('a0', '</Label><Evil a="&"/>\u0007', true)])
  expect(text).toContain('<Label>&lt;/Label&gt;&lt;Evil a=&quot;&amp;&quot;/&gt; </Label>')
})
