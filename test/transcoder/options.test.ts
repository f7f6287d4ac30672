/** Every option we pass, against what the installed ffmpeg says of itself: an option it does not know would fail only on a host with a card. */
import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { ENCODERS, type Encoder, type VideoRung } from '../../shared/src/encode.ts'
import { encoderArgs } from '../../transcoder/src/media/args/encoder.ts'
import { filterGraph } from '../../transcoder/src/media/args/video.ts'
import { clip, h264, picture, planned } from './support.ts'

const help = (topic: string) => execFileSync('ffmpeg', ['-hide_banner', '-h', topic], { encoding: 'utf8', maxBuffer: 16 * 1024 * 1024, stdio: ['ignore', 'pipe', 'ignore'] })
const built = execFileSync('ffmpeg', ['-hide_banner', '-encoders'], { encoding: 'utf8' })
const isBuilt = (encoder: Encoder) => new RegExp(`^ V\\S+ ${encoder} `, 'm').test(built)
/** Options that every encoder has, and ffmpeg's own; those of other encoders do not count. */
const common = `${help('long')}\n${/^AVCodecContext AVOptions:\n([\s\S]*?)\n\n/m.exec(help('full'))?.[1]}`
const knows = (text: string, option: string) => new RegExp(`^ *${option}[ <]`, 'm').test(text)

const rung = (encoder: Encoder): VideoRung => ({
  name: 'v720',
  codec: encoder.includes('av1') ? 'av1' : /hevc|265/.test(encoder) ? 'hevc' : 'h264',
  width: 1280,
  height: 720,
  quality: 26,
  maxrateKbps: 3000,
  bufsizeKbps: 6000,
  profile: 'main',
  level: encoder === 'libx264' || encoder === 'h264_nvenc' ? '3.1' : null,
})

test.each(ENCODERS)('every option for %s is one that the installed ffmpeg knows', (encoder) => {
  if (!isBuilt(encoder)) {
    // Not passed over in silence: this build cannot tell. av1_nvenc came with ffmpeg 6.0.
    console.warn(`left out: this ffmpeg was built without ${encoder}`)
    expect(['av1_nvenc', 'hevc_nvenc', 'h264_nvenc']).toContain(encoder)
    return
  }
  const own = help(`encoder=${encoder}`)
  const unknown = (['full', 'reduced'] as const).flatMap((options) => {
    const args = encoderArgs(encoder, 60, rung(encoder), options)
    return args.filter((word, at) => at % 2 === 0 && word !== '-c:v').filter((word) => {
      const option = word.replace(/:v$/, '')
      return !knows(own, option) && !knows(common, option)
    })
  })
  expect(unknown).toEqual([])
  expect(encoderArgs(encoder, 60, rung(encoder)).length % 2).toBe(0)
})

test('named values for NVENC are ones that the installed ffmpeg knows', () => {
  for (const encoder of ['h264_nvenc', 'hevc_nvenc'] as const) {
    if (!isBuilt(encoder)) {
      console.warn(`left out: this ffmpeg was built without ${encoder}`)
      continue
    }
    const own = help(`encoder=${encoder}`)
    const args = encoderArgs(encoder, 60, rung(encoder))
    for (const option of ['-preset', '-tune', '-rc', '-b_ref_mode', '-profile:v']) {
      expect(own, `${encoder} ${option}`).toMatch(new RegExp(`^ +${args[args.indexOf(option) + 1]} `, 'm'))
    }
  }
})

test('every filter of every way, and every option given to it, is one that the installed ffmpeg knows', async () => {
  const { plan } = await planned(clip('filters.mp4', ...picture(1, '640x360'), ...h264))
  const sources = [plan.source, { ...plan.source, deinterlace: true }, { ...plan.source, toneMap: 'pq' as const }]
  const used = new Map<string, Set<string>>()
  for (const route of ['card', 'upload', 'decode', 'software'] as const) {
    for (const source of sources) {
      const graph = filterGraph({ ...plan, source }, plan.chunks[0]!, plan.video, { fromZero: true, holdLast: route === 'software', route })
      for (const [, name = '', options = ''] of graph.replaceAll(/\[[^\]]*\]/g, '').matchAll(/(?:^|[,;])([a-z_0-9]+)(?:=([^,;]*))?/g)) {
        const named = options.split(':').filter((one) => one.includes('=')).map((one) => one.split('=')[0] as string)
        used.set(name, new Set([...(used.get(name) ?? []), ...named]))
      }
    }
  }
  expect([...used.keys()]).toEqual(expect.arrayContaining(['scale_cuda', 'hwupload_cuda', 'hwdownload', 'bwdif', 'zscale', 'fps', 'trim']))
  const unknown = [...used].flatMap(([name, options]) => {
    const own = help(`filter=${name}`)
    if (!own.startsWith('Filter ')) return [name]
    return [...options].filter((option) => !knows(own, option)).map((option) => `${name}=${option}`)
  })
  expect(unknown).toEqual([])
})
