/** Rules that need a decoder, and those of text. */
import { spawn } from 'node:child_process'
import type { Presentation } from '../presentation.ts'
import type { Rule } from '../rule.ts'

export const decodeRules: Rule[] = [
  { number: 32, name: 'decodes', level: 'must', source: 'ffmpeg reads all of it back without a warning', check: decodes },
  {
    number: 33,
    name: 'subtitle-segments',
    level: 'must',
    source: 'RFC 8216bis 3.1.4',
    check({ subtitles }) {
      if (subtitles.length === 0) return { notApplicable: 'no subtitles in the playlists; captions are files beside them' }
      return subtitles.flatMap(({ url, text }) => [
        ...(/^WEBVTT/.test(text) ? [] : [`${url.pathname} is not WebVTT`]),
        ...(/^X-TIMESTAMP-MAP=/m.test(text) ? [] : [`${url.pathname} has no X-TIMESTAMP-MAP`]),
      ])
    },
  },
]

/** ffmpeg opens the master playlist as a player does: keys, init segments, all variants and sounds. */
async function decodes({ url, variants, frames, fetched }: Presentation): Promise<string[] | { notApplicable: string }> {
  if (fetched.some(({ answer }) => answer.headers === null)) return { notApplicable: 'ffmpeg reads from a server, there is none' }
  const { log, lines, code } = await run(['-v', 'warning', '-xerror', '-i', url.href, '-map', '0:v?', '-map', '0:a?', '-f', 'framecrc', '-'])
  const streams = Map.groupBy(lines, (line) => Number(line.split(',')[0]))
  const isVideo = (at: number) => new RegExp(`^#media_type ${at}: video`, 'm').test(log.headers)
  const counts = [...streams].filter(([at]) => isVideo(at)).map(([, of]) => of.length)
  return [
    ...(code === 0 ? [] : [`ffmpeg ends with ${code}`]),
    ...log.warnings.slice(0, 3),
    ...(streams.size > 0 ? [] : ['ffmpeg decodes nothing']),
    ...(frames === null || variants.every(({ tag }) => !tag.attributes.has('RESOLUTION')) || (counts.length > 0 && counts.every((count) => count === frames)) ? [] : [`${counts} frames, planned are ${frames}`]),
  ]
}

async function run(args: string[]): Promise<{ code: number | null; lines: string[]; log: { headers: string; warnings: string[] } }> {
  const child = spawn('ffmpeg', ['-nostdin', ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let [out, err] = ['', '']
  child.stdout.on('data', (bytes) => (out += bytes))
  child.stderr.on('data', (bytes) => (err += bytes))
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  const all = out.split('\n')
  return {
    code,
    lines: all.filter((line) => /^\d/.test(line)),
    log: { headers: all.filter((line) => line.startsWith('#')).join('\n'), warnings: err.split('\n').filter(Boolean) },
  }
}
