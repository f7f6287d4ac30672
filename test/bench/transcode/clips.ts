/** Sources to measure with, made once a run: moving, noisy, nothing a codec gets for free. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const ffmpeg = (...args: string[]) => execFileSync('ffmpeg', ['-v', 'error', '-nostdin', '-y', ...args])

export interface Clips {
  /** 1080p30, `seconds` long, H.264 and AAC. */
  hd(seconds: number): string
  /** 360p30, long and cheap. */
  small(seconds: number): string
  /** A clip looped to `seconds` without encoding it again, into a container. */
  looped(file: string, seconds: number, extension: string, ...options: string[]): string
  /** 2160p30. */
  uhd(seconds: number): string
  /** As phones film: HEVC, 10 bit, turned, index at the end. */
  phone(seconds: number): string
}

export function clipsIn(folder: string): Clips {
  const make = (name: string, ...args: string[]) => {
    const file = join(folder, name)
    if (!existsSync(file)) ffmpeg(...args, file)
    return file
  }
  const picture = (size: string, seconds: number, noise: number) => [
    '-f', 'lavfi', '-i', `testsrc2=s=${size}:r=30:d=${seconds},noise=alls=${noise}:allf=t`,
    '-f', 'lavfi', '-i', `sine=frequency=440:beep_factor=4:duration=${seconds}`,
  ]
  const h264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', '250', '-c:a', 'aac', '-b:a', '128k']
  return {
    hd: (seconds) => make(`hd-${seconds}.mp4`, ...picture('1920x1080', seconds, 8), ...h264, '-crf', '30'),
    small: (seconds) => make(`small-${seconds}.mp4`, ...picture('640x360', seconds, 8), ...h264, '-crf', '32'),
    uhd: (seconds) => make(`uhd-${seconds}.mp4`, ...picture('3840x2160', seconds, 2), ...h264, '-crf', '38'),
    phone: (seconds) =>
      make(
        `phone-${seconds}.mov`,
        ...picture('1920x1080', seconds, 4),
        '-c:v', 'libx265', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p10le', '-x265-params', 'log-level=error', '-tag:v', 'hvc1',
        '-metadata:s:v', 'rotate=90', '-c:a', 'aac',
      ),
    looped(file, seconds, extension, ...options) {
      const name = `${file.replace(/^.*\//, '').replace(/\.\w+$/, '')}-x-${seconds}.${extension}`
      return make(name, '-stream_loop', '-1', '-t', String(seconds), '-i', file, '-c', 'copy', ...options)
    },
  }
}
