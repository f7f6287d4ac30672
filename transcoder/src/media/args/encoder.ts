/** A rung's encoder and its options: closed GOPs of one length, capped quality, nothing carried over from chunk to chunk. Pure. */
import type { Encoder, VideoRung } from '@avocet/shared/encode'

/** Older NVIDIA cards lack B-frames, their use as references, or temporal adaptive quantisation. Which set serves, the host's proof tells. */
export type NvencOptions = 'full' | 'reduced'

export const isNvenc = (encoder: Encoder): boolean => encoder.endsWith('_nvenc')

/** H.264 to Apple's authoring rules: IDR frames at every GOP and nowhere else (reference: transcode.md section 1.1). */
const X264_PRESET = 'veryfast'
const X265_PRESET = 'veryfast'
/** Cheaper than x265 and better than x264 (measured: transcode.md section 1.1). */
const SVT_PRESET = '10'
const NVENC_PRESET = 'p5'
/** NVENC's constant quality beside the software encoder's that a rung is planned by (reference: transcode.md sections 1.2 and 2). */
const NVENC_QUALITY = { h264: 1, hevc: 1, av1: -3 } as const

const LOOKS: Record<NvencOptions, readonly string[]> = {
  full: ['-bf', '3', '-b_ref_mode', 'middle', '-rc-lookahead', '20', '-spatial-aq', '1', '-temporal-aq', '1'],
  reduced: ['-bf', '0', '-rc-lookahead', '20', '-spatial-aq', '1'],
}

export function encoderArgs(encoder: Encoder, gopFrames: number, rung: VideoRung, nvenc: NvencOptions = 'full'): string[] {
  const rate = ['-maxrate', `${rung.maxrateKbps}k`, '-bufsize', `${rung.bufsizeKbps}k`]
  const gop = ['-g', String(gopFrames)]
  const level = rung.level === null ? [] : ['-level:v', rung.level]
  const profile = ['-profile:v', rung.profile]
  const quality = ['-crf', String(rung.quality)]
  switch (encoder) {
    case 'libx264': {
      const fixed = ['-bf', '3', '-keyint_min', String(gopFrames), '-sc_threshold', '0', '-flags', '+cgop']
      return ['-c:v', encoder, '-preset', X264_PRESET, ...profile, ...level, ...quality, ...rate, ...gop, ...fixed]
    }
    case 'libx265': {
      const fixed = `keyint=${gopFrames}:min-keyint=${gopFrames}:scenecut=0:open-gop=0:repeat-headers=0:log-level=error`
      return ['-c:v', encoder, '-preset', X265_PRESET, ...quality, ...rate, '-x265-params', fixed, '-tag:v', 'hvc1']
    }
    case 'libsvtav1':
      return ['-c:v', encoder, '-preset', SVT_PRESET, ...quality, ...rate, ...gop]
    default: {
      const constant = ['-rc', 'vbr', '-cq', String(rung.quality + NVENC_QUALITY[rung.codec]), '-b:v', '0', ...rate]
      const tag = encoder === 'hevc_nvenc' ? ['-tag:v', 'hvc1'] : []
      // AV1 has one profile for 4:2:0; the encoder knows it.
      const named = encoder === 'av1_nvenc' ? [] : profile
      const keys = ['-no-scenecut', '1', '-forced-idr', '1']
      return ['-c:v', encoder, '-gpu', '0', '-preset', NVENC_PRESET, '-tune', 'hq', ...named, ...level, ...constant, ...gop, ...LOOKS[nvenc], ...keys, ...tag]
    }
  }
}
