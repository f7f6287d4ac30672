/** Sources to measure with, made once a run: moving, noisy, nothing a codec gets for free. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const ffmpeg = (...args: string[]) => execFileSync('ffmpeg', ['-v', 'error', '-nostdin', '-y', ...args])

export interface Clips {
  /** 1080p30, `seconds` long, H.264 and AAC: four scenes of equal length. */
  hd(seconds: number, kilobits: number): string
  /** A clip looped to `seconds` without encoding it again, into a container. */
  looped(file: string, seconds: number, extension: string, ...options: string[]): string
  /** 2160p30. */
  uhd(seconds: number): string
  /** As phones film: HEVC, 10 bit, turned, index at the end. */
  phone(seconds: number): string
  /** The same of better phones: 2160p in HLG, not turned. */
  phoneUhd(seconds: number): string
}

/** A zoom, a pan over a test card, slow gradients, a picture moving in a picture; all with the noise of a sensor. */
function scenes(size: string, seconds: number): string {
  const [width, height] = size.split('x').map(Number) as [number, number]
  const cut = `trim=duration=${seconds / 4},setpts=PTS-STARTPTS,scale=${width}:${height},setsar=1,format=yuv420p`
  return [
    `mandelbrot=s=${width / 2}x${height / 2}:r=30,${cut}[a]`,
    `testsrc2=s=${(width * 4) / 3}x${(height * 4) / 3}:r=30,crop=${width}:${height}:x='${width / 6}+${width / 7}*sin(t)':y='${height / 6}+${height / 7}*cos(1.3*t)',${cut}[b]`,
    `gradients=s=${size}:r=30:speed=0.05:n=6,${cut}[c]`,
    `gradients=s=${size}:r=30:speed=0.03:n=4[under];testsrc2=s=${width / 3}x${height / 3}:r=30[over]`,
    `[under][over]overlay=x='${width / 3}+${width / 6}*sin(t)':y='${height / 3}+${height / 6}*cos(t)',${cut}[d]`,
    '[a][b][c][d]concat=n=4,noise=alls=6:allf=t',
  ].join(';')
}

export function clipsIn(folder: string): Clips {
  const make = (name: string, ...args: string[]) => {
    const file = join(folder, name)
    if (!existsSync(file)) ffmpeg(...args, file)
    return file
  }
  const picture = (size: string, seconds: number) => [
    '-f', 'lavfi', '-i', `${scenes(size, seconds)}[out0]`,
    '-f', 'lavfi', '-i', `sine=frequency=440:beep_factor=4:duration=${seconds}`,
    '-c:a', 'aac', '-b:a', '128k', '-pix_fmt', 'yuv420p',
  ]
  const h264 = (kilobits: number) => ['-c:v', 'libx264', '-preset', 'superfast', '-g', '250', '-b:v', `${kilobits}k`, '-maxrate', `${kilobits * 1.5}k`, '-bufsize', `${kilobits * 2}k`]
  // The sources of these scenes take minutes at 2160p; noise of that size makes up for it.
  const enlarged = (seconds: number) => ['-i', make(`smaller-${seconds}.mp4`, ...picture('1920x1080', seconds), ...h264(8000)), '-vf', 'scale=3840:2160,noise=alls=6:allf=t', '-c:a', 'copy']
  return {
    hd: (seconds, kilobits) => make(`hd-${seconds}-${kilobits}.mp4`, ...picture('1920x1080', seconds), ...h264(kilobits)),
    uhd: (seconds) => make(`uhd-${seconds}.mp4`, ...enlarged(seconds), ...h264(4000)),
    phone(seconds) {
      const upright = make(
        `upright-${seconds}.mov`,
        ...picture('1920x1080', seconds),
        '-c:v', 'libx265', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p10le', '-x265-params', 'log-level=error', '-tag:v', 'hvc1', '-b:v', '8M',
      )
      // Only a copy takes the turn over: encoding would apply it.
      return make(`phone-${seconds}.mov`, '-i', upright, '-c', 'copy', '-metadata:s:v', 'rotate=90')
    },
    phoneUhd(seconds) {
      const hlg = ['-color_trc', 'arib-std-b67', '-color_primaries', 'bt2020', '-colorspace', 'bt2020nc']
      return make(
        `phone-uhd-${seconds}.mov`,
        ...enlarged(seconds),
        ...['-c:v', 'libx265', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p10le', '-x265-params', 'log-level=error', '-tag:v', 'hvc1', '-b:v', '20M', ...hlg],
      )
    },
    looped(file, seconds, extension, ...options) {
      const name = `${file.replace(/^.*\//, '').replace(/\.\w+$/, '')}-x-${seconds}${options.length > 0 ? '-o' : ''}.${extension}`
      return make(name, '-stream_loop', '-1', '-t', String(seconds), '-i', file, '-c', 'copy', ...options)
    },
  }
}
