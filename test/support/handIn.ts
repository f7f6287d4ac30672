/** What a host hands in, made up: any test of any runtime may use it. */
import type { ChunkManifest, MediaInfo } from '../../shared/src/encode.ts'
import type { JobLease } from '../../shared/src/job.ts'

/** Facts of a source of so many seconds at 30 fps, 640x360, with stereo sound. */
export function media(seconds: number): MediaInfo {
  return {
    container: 'mp4',
    durationSeconds: seconds,
    sizeBytes: 4,
    bitrateBps: null,
    indexed: true,
    subtitles: [],
    chapters: [],
    video: {
      codec: 'h264', profile: 'High', codedWidth: 640, codedHeight: 360, width: 640, height: 360, rotation: 0, frameRate: { num: 30, den: 1 },
      variableFrameRate: false, interlaced: false, pixelFormat: 'yuv420p', bitDepth: 8, transfer: 'sdr', durationSeconds: seconds,
    },
    audio: [{ index: 0, codec: 'aac', profile: 'LC', channels: 2, sampleRate: 48000, bitrateBps: 128000, language: 'en', title: null, isDefault: true }],
  }
}

/** A manifest of so many 4 s segments for each rendition of a lease's task. */
export function manifest(lease: JobLease, segments: number, init = 'a'): ChunkManifest {
  const { task } = lease
  const names = task.kind === 'encode' ? task.rungs.map(({ name }) => name) : task.kind === 'audio' ? [task.stream.name] : []
  const [timescale, codecs] = task.kind === 'encode' ? [15360, 'avc1.64001e'] : [48000, 'mp4a.40.2']
  const output = {
    codecs,
    timescale,
    initSha256: init.repeat(64),
    initBytes: 700,
    segments: Array.from({ length: segments }, () => ({ duration: 4 * timescale, bytes: 100_000, sha256: 'b'.repeat(64) })),
  }
  return { epoch: lease.epoch, frames: task.kind === 'encode' ? segments * 120 : 0, renditions: Object.fromEntries(names.map((name) => [name, output])) }
}
