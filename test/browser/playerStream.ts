/** A small HLS stream as the edge would write it: two rungs, two sounds in their own group, captions, poster and storyboard. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export const STREAM_SECONDS = 24
const RUNGS = ['640x360', '320x180'] as const
const SHEET = { columns: 3, rows: 2, everySeconds: 4, width: 160, height: 90 }

/** Encodes the stream into `folder`; `master.m3u8` is its entry. */
export function writeStream(folder: string): void {
  mkdirSync(folder, { recursive: true })
  const ffmpeg = (...args: string[]) =>
    execFileSync('ffmpeg', ['-v', 'error', '-y', ...args], { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] })
  const picture = `testsrc2=size=${RUNGS[0]}:rate=25:duration=${STREAM_SECONDS}`
  const tone = (hertz: number) => `sine=frequency=${hertz}:sample_rate=48000:duration=${STREAM_SECONDS}`
  ffmpeg(
    ...['-f', 'lavfi', '-i', picture, '-f', 'lavfi', '-i', tone(440), '-f', 'lavfi', '-i', tone(880)],
    ...[
      '-filter_complex',
      `[0:v]split=${RUNGS.length}${RUNGS.map((_, n) => `[s${n}]`).join('')};${RUNGS.map((size, n) => `[s${n}]scale=${size.replace('x', ':')}[v${n}]`).join(';')}`,
    ],
    ...RUNGS.flatMap((_, n) => ['-map', `[v${n}]`]),
    ...['-map', '1:a', '-map', '2:a', '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', '50', '-sc_threshold', '0'],
    ...['-b:v:0', '600k', '-b:v:1', '150k', '-c:a', 'aac', '-b:a', '64k'],
    ...['-f', 'hls', '-hls_time', '4', '-hls_playlist_type', 'vod', '-hls_segment_type', 'fmp4', '-master_pl_name', 'master.m3u8'],
    ...[
      '-var_stream_map',
      'a:0,agroup:sound,language:en,name:a0,default:yes a:1,agroup:sound,language:de,name:a1 v:0,agroup:sound,name:v0 v:1,agroup:sound,name:v1',
    ],
    ...['-hls_fmp4_init_filename', 'init-%v.mp4', '-hls_segment_filename', '%v-%d.m4s', '%v.m3u8'],
  )
  ffmpeg('-f', 'lavfi', '-i', picture, '-frames:v', '1', 'poster.jpg')
  const { columns, rows, everySeconds, width, height } = SHEET
  ffmpeg(
    '-f',
    'lavfi',
    '-i',
    picture,
    '-vf',
    `fps=1/${everySeconds},scale=${width}:${height},tile=${columns}x${rows}`,
    '-frames:v',
    '1',
    'storyboard-0.jpg',
  )
  const cues = Array.from({ length: columns * rows }, (_, n) => {
    const box = [(n % columns) * width, Math.floor(n / columns) * height, width, height].join(',')
    return `${clock(n * everySeconds)} --> ${clock((n + 1) * everySeconds)}\nstoryboard-0.jpg#xywh=${box}`
  })
  writeFileSync(join(folder, 'storyboard.vtt'), `WEBVTT\n\n${cues.join('\n\n')}\n`)
  for (const [language, text] of [
    ['en', 'A caption in English'],
    ['de', 'Ein deutscher Untertitel'],
  ]) {
    writeFileSync(join(folder, `${language}.vtt`), `WEBVTT\n\n00:00:00.000 --> 00:00:${STREAM_SECONDS}.000\n${text}\n`)
  }
}

const clock = (seconds: number) => `00:00:${String(seconds).padStart(2, '0')}.000`
