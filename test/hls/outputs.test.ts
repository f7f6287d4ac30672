/** Every kind of output keeps every rule of HLS, and of DASH where it has a manifest. */
import { expect, test } from 'vitest'
import type { VideoCodec } from '../../shared/src/encode.ts'
import { clip, h264, picture, sound } from '../transcoder/support.ts'
import { overHttp } from '../validator/fetched.ts'
import { brokenGrowth } from '../validator/growth.ts'
import { loadPresentation, type Presentation } from '../validator/presentation.ts'
import { type Finding, RULES, validate } from '../validator/validate.ts'
import { serveClip } from './clipSite.ts'
import { type Coded, encodeClip, LARGE } from './encodedClip.ts'

const tone = (hertz: number, seconds: number, channels = 1) => ['-f', 'lavfi', '-i', `sine=f=${hertz}:r=48000:d=${seconds},aformat=channel_layouts=${{ 1: 'mono', 2: 'stereo', 6: '5.1' }[channels]}`]
const all = (inputs: number) => Array.from({ length: inputs }, (_, at) => ['-map', String(at)]).flat()
const aac = ['-c:a', 'aac']
/** Frames at uneven times, as a phone or a screen recorder writes them. */
const uneven = ['-vf', "select='not(eq(mod(n,7),3))'", '-fps_mode', 'vfr']

const broken = (findings: readonly Finding[]) => findings.filter(({ verdict }) => verdict === 'broken').map(({ name, why }) => `${name}: ${why.slice(0, 3).join('; ')}`)
const codecsOf = ({ variants }: Presentation) => new Set(variants.map(({ tag }) => tag.attributes.get('CODECS')!.split('.')[0]))

interface Kind {
  what: string
  file: string
  args: string[]
  codecs?: VideoCodec[]
  encrypted?: boolean
  coded?: Coded
  /** Fewer variants would prove less. */
  variants: number
}

test.each<Kind>([
  { what: '720p in English and German, one of them in 5.1', file: 'wide.mkv', args: [...picture(5, '1280x720'), ...tone(440, 5, 6), ...tone(880, 5, 2), ...all(3), ...h264, '-c:a:0', 'ac3', '-c:a:1', 'aac', '-metadata:s:a:0', 'language=eng', '-metadata:s:a:1', 'language=deu'], variants: 5 },
  { what: 'H.264, HEVC and AV1 in the clear, with DASH', file: 'codecs.mp4', args: [...picture(5), ...sound(5), ...h264, ...aac], codecs: ['h264', 'hevc', 'av1'], encrypted: false, variants: 4 },
  { what: 'H.264, HEVC and AV1 encrypted, at 29.97 fps', file: 'ntsc.mp4', args: [...picture(9, '640x360', 30).map((one) => one.replace('r=30', 'r=30000/1001')), ...sound(9), ...h264, ...aac], codecs: ['h264', 'hevc', 'av1'], variants: 4 },
  { what: '25 fps, silent', file: 'pal.mp4', args: [...picture(9, '640x360', 25), ...h264], variants: 2 },
  { what: 'a variable frame rate', file: 'uneven.mkv', args: [...picture(9), ...sound(9), ...uneven, ...h264, ...aac], variants: 2 },
  { what: 'a portrait', file: 'portrait.mp4', args: [...picture(5, '360x640'), ...sound(5), ...h264, ...aac], variants: 2 },
  { what: 'segments of two seconds beside sound of four, with DASH', file: 'large.mp4', args: [...picture(13), ...sound(13), ...h264, ...aac], coded: LARGE, encrypted: false, variants: 2 },
  { what: 'sound alone, in the clear', file: 'sound.m4a', args: [...sound(9), ...aac], encrypted: false, variants: 1 },
  { what: 'sound alone, in 5.1', file: 'sound.mka', args: [...tone(440, 9, 6), '-c:a', 'ac3'], variants: 2 },
  { what: '0.3 s', file: 'short.mp4', args: [...picture(0.3), ...sound(0.3), ...h264, ...aac], variants: 2 },
  { what: 'one frame', file: 'frame.mp4', args: [...picture(1), '-frames:v', '1', ...h264], encrypted: false, variants: 2 },
  { what: 'more than a minute, so that the key changes', file: 'long.mp4', args: [...picture(66, '128x72', 25), ...sound(66), ...h264, ...aac], variants: 1 },
])('$what', async ({ file, args, codecs = ['h264'], encrypted = true, coded, variants }) => {
  const encode = await encodeClip(clip(file, ...args), { codecs, encrypted, ...(coded && { coded }) })
  const site = await serveClip(encode)
  const of = await loadPresentation(overHttp, site.master, { mpd: site.mpd, frames: encode.frames })
  expect(broken(await validate(of))).toEqual([])
  expect(of.variants).toHaveLength(variants)
  const words = { h264: 'avc1', hevc: 'hvc1', av1: 'av01' }
  expect(codecsOf(of)).toEqual(encode.plan.video.length > 0 ? new Set(codecs.map((codec) => words[codec])) : new Set(['mp4a']))
  if (file === 'long.mp4') expect(site.requests.filter((path) => path.includes('/key/'))).toEqual(expect.arrayContaining(['/p/token/key/0', '/p/token/key/1']))
  site.close()
})

test.each([
  ['four', {}],
  ['two', LARGE],
])('a growing EVENT playlist of segments of %s seconds keeps every rule at each step, only appends, and ends', async (_, coded) => {
  const encode = await encodeClip(clip('grows.mp4', ...picture(30, '128x72', 25), ...sound(30), ...h264, ...aac), { coded })
  expect(encode.plan.chunks.length).toBeGreaterThanOrEqual(3)
  expect(encode.plan.segmentFrames).toBe(coded === LARGE ? 50 : 100)
  const site = await serveClip(encode, 'EVENT')
  const steps: Presentation[] = []
  for (site.committed = 1; site.committed <= encode.plan.chunks.length; site.committed++) {
    // ffmpeg would wait for the end of what grows.
    const rules = RULES.filter(({ name }) => name !== 'decodes' || site.committed === encode.plan.chunks.length)
    const of = await loadPresentation(overHttp, site.master, { frames: encode.frames })
    expect(broken(await validate(of, rules))).toEqual([])
    expect(of.renditions.map(({ text }) => text.includes('#EXT-X-ENDLIST'))).toEqual(of.renditions.map(() => site.committed === encode.plan.chunks.length))
    const ends = of.renditions.map(({ text }) => [...text.matchAll(/#EXTINF:([\d.]+)/g)].reduce((sum, [, seconds]) => sum + Number(seconds), 0))
    expect(Math.max(...ends) - Math.min(...ends)).toBeLessThan(3.1)
    const [before] = steps.slice(-1)
    if (before) expect(brokenGrowth(before, of)).toEqual([])
    steps.push(of)
  }
  const lengths = steps.map(({ renditions }) => renditions.map(({ segments }) => segments.length))
  expect(lengths.every((now, at) => at === 0 || now.every((length, which) => length > lengths[at - 1]![which]!))).toBe(true)
  site.close()
})
