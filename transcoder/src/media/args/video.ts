/** Arguments of one chunk's encode, from the plan alone: every host that encodes this chunk writes the same picture. Pure. */
import type { EncodePlan, Encoder, PlannedChunk, VideoRung } from '@avocet/shared/encode'
import type { EncodeTask } from '@avocet/shared/job'
import { INPUT_GUARD, PIXEL_GUARD } from '../ffmpeg.ts'
import { remuxedInput } from './remux.ts'

/** The fragmented MP4 our packager reads: one fragment a GOP, no edit lists, tfdt = PTS of its first frame (reference: transcode.md section 1.1). */
const FRAGMENTED = ['-movflags', '+cmaf+frag_keyframe+negative_cts_offsets+delay_moov+default_base_moof+skip_trailer', '-use_editlist', '0']
const NO_METADATA = ['-map_metadata', '-1', '-map_chapters', '-1', '-fflags', '+bitexact']

export type ChunkWork = Pick<EncodeTask, 'plan' | 'chunk' | 'rungs' | 'encoder'>

export interface ChunkCut {
  /** Seconds before the chunk at which decoding starts; null: at the beginning of the source. */
  preRollSeconds: number | null
  /** Encode one frame: the last one there is, held until the chunk's place. */
  holdLast?: boolean
}

/**
 * One decode, all rungs, rung k on `pipe:{3 + k}`.
 * Frames are cut on the plan's grid by number, so neighbouring chunks neither share nor lose one.
 */
export function chunkArgs({ plan, chunk, rungs, encoder }: ChunkWork, sourceUrl: string, cut: ChunkCut): string[] {
  const start = (chunk.startFrame * plan.frameRate.den) / plan.frameRate.num
  const seek = cut.preRollSeconds === null ? 0 : Math.max(0, start - cut.preRollSeconds)
  return [
    ...PIXEL_GUARD,
    ...(plan.source.remuxed ? remuxedInput(sourceUrl, seek) : sourceInput(sourceUrl, seek)),
    '-filter_complex',
    filterGraph(plan, chunk, rungs, { fromZero: seek === 0, holdLast: cut.holdLast ?? false }),
    ...rungs.flatMap((rung, at) => [
      '-map',
      `[v${at}]`,
      ...encoderArgs(encoder, plan.gopFrames, rung),
      ...FRAGMENTED,
      '-video_track_timescale',
      String(plan.timescale),
      ...NO_METADATA,
      '-f',
      'mp4',
      `pipe:${3 + at}`,
    ]),
  ]
}

const sourceInput = (url: string, seek: number): string[] =>
  [...INPUT_GUARD, '-copyts', '-start_at_zero', ...(seek > 0 ? ['-ss', seek.toFixed(6)] : []), '-i', url]

/** Source fixes, the grid, the cut, then a cascade: each rung is scaled from the one above it (4-8 % cheaper than all from the top). */
export function filterGraph(
  plan: EncodePlan,
  chunk: PlannedChunk,
  rungs: readonly VideoRung[],
  { fromZero, holdLast }: { fromZero: boolean; holdLast: boolean },
): string {
  const { num, den } = plan.frameRate
  const holds = holdLast || plan.source.holdLast
  const end = chunk.endFrame ?? (plan.source.holdLast ? plan.expectedFrames : null)
  const endFrame = holdLast ? chunk.startFrame + 1 : end
  const grid = [
    ...(plan.source.deinterlace ? [deinterlace(plan.source.unmarkedFields)] : []),
    // A picture that starts late is held at its first frame from zero on.
    `fps=${num}/${den}${fromZero ? ':start_time=0' : ''}`,
    ...(holds ? ['tpad=stop=-1:stop_mode=clone'] : []),
    `trim=start_pts=${chunk.startFrame}${endFrame === null ? '' : `:end_pts=${endFrame}`}`,
    'setpts=PTS-STARTPTS',
    ...(plan.source.toneMap === 'none' ? [] : toneMap(plan, rungs[0] as VideoRung)),
  ]
  const last = rungs.length - 1
  const scaled = rungs.map((rung, at) => {
    const scale = `scale=${rung.width}:${rung.height}:flags=bicubic,setsar=1,format=yuv420p`
    const input = at === 0 ? `[0:V:0]${grid.join(',')},` : `[c${at}]`
    return at === last ? `${input}${scale}[v${at}]` : `${input}${scale},split=2[v${at}][c${at + 1}]`
  })
  return scaled.join(';')
}

/** Two frames of each interlaced one: of those that say so, or of all. */
const deinterlace = (fields: 'tff' | 'bff' | undefined): string =>
  `bwdif=mode=send_field:parity=${fields ?? 'auto'}:deint=${fields ? 'all' : 'interlaced'}`

/** HDR to SDR: scale inside the first zscale, tone-map in linear light (reference: transcode.md section 1.8). */
function toneMap(plan: EncodePlan, top: VideoRung): string[] {
  const from = plan.source.toneMap === 'pq' ? 'smpte2084' : 'arib-std-b67'
  return [
    // Many files name the curve and leave the rest out: zscale then finds no way.
    `setparams=color_primaries=bt2020:color_trc=${from}:colorspace=bt2020nc`,
    `zscale=w=${top.width}:h=${top.height}:t=linear:npl=100`,
    'format=gbrpf32le',
    'zscale=p=bt709',
    'tonemap=hable:desat=0',
    'zscale=t=bt709:m=bt709:r=tv',
  ]
}

/** A rung's encoder and its options: closed GOPs of one length, capped quality, nothing carried over from chunk to chunk. */
export function encoderArgs(encoder: Encoder, gopFrames: number, rung: VideoRung): string[] {
  const rate = ['-maxrate', `${rung.maxrateKbps}k`, '-bufsize', `${rung.bufsizeKbps}k`]
  const gop = ['-g', String(gopFrames)]
  const level = rung.level === null ? [] : ['-level:v', rung.level]
  switch (encoder) {
    case 'libx264': {
      const fixed = ['-bf', '3', '-keyint_min', String(gopFrames), '-sc_threshold', '0', '-flags', '+cgop']
      return ['-c:v', encoder, '-preset', 'veryfast', '-profile:v', rung.profile, ...level, '-crf', String(rung.quality), ...rate, ...gop, ...fixed]
    }
    case 'libx265': {
      const fixed = `keyint=${gopFrames}:min-keyint=${gopFrames}:scenecut=0:open-gop=0:repeat-headers=0:log-level=error`
      return ['-c:v', encoder, '-preset', 'veryfast', '-crf', String(rung.quality), ...rate, '-x265-params', fixed, '-tag:v', 'hvc1']
    }
    case 'libsvtav1':
      return ['-c:v', encoder, '-preset', '10', '-crf', String(rung.quality), ...gop]
    default: {
      const quality = ['-preset', 'p5', '-tune', 'hq', '-rc', 'vbr', '-cq', String(rung.quality + 1), '-b:v', '0']
      const looks = '-bf 3 -b_ref_mode middle -rc-lookahead 20 -spatial-aq 1 -temporal-aq 1 -no-scenecut 1 -forced-idr 1'.split(' ')
      const tag = encoder === 'hevc_nvenc' ? ['-tag:v', 'hvc1'] : []
      const profile = encoder === 'av1_nvenc' ? [] : ['-profile:v', rung.profile]
      return ['-c:v', encoder, ...profile, ...level, ...quality, ...rate, ...gop, ...looks, ...tag]
    }
  }
}
