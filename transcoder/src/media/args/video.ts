/** Arguments of one chunk's encode, from the plan alone: every host that encodes this chunk writes the same picture. Pure. */
import type { EncodePlan, PlannedChunk, VideoRung } from '@avocet/shared/encode'
import type { EncodeTask } from '@avocet/shared/job'
import { PIXEL_GUARD } from '../inputGuard.ts'
import { encoderArgs, type NvencOptions } from './encoder.ts'
import { remuxedInput } from './remux.ts'
import type { Route } from './route.ts'
import { sourceInput } from './source.ts'

/** Frames stay on the card. Few decoder threads: each holds surfaces, and NVDEC has 32 (reference: transcode.md section 1.2). */
export const CARD_DECODE = [
  ...['-init_hw_device', 'cuda=card:0', '-filter_hw_device', 'card', '-hwaccel', 'cuda', '-hwaccel_device', 'card', '-hwaccel_output_format', 'cuda'],
  ...['-threads', '2', '-extra_hw_frames', '8'],
] as const
/** The card scales and encodes what the CPU decoded. */
const CARD_FILTERS = ['-init_hw_device', 'cuda=card:0', '-filter_hw_device', 'card'] as const

/** The fragmented MP4 our packager reads: one fragment a GOP, no edit lists, tfdt = PTS of its first frame (reference: transcode.md section 1.1). */
const FRAGMENTED = ['-movflags', '+cmaf+frag_keyframe+negative_cts_offsets+delay_moov+default_base_moof+skip_trailer', '-use_editlist', '0']
const NO_METADATA = ['-map_metadata', '-1', '-map_chapters', '-1', '-fflags', '+bitexact']

export type ChunkWork = Pick<EncodeTask, 'plan' | 'chunk' | 'rungs' | 'encoder'>

export interface ChunkCut {
  /** Seconds before the chunk at which decoding starts; null: at the beginning of the source. */
  preRollSeconds: number | null
  /** Encode one frame: the last one there is, held until the chunk's place. */
  holdLast?: boolean
  route?: Route
  nvenc?: NvencOptions
}

/**
 * One decode, all rungs, rung k on `pipe:{3 + k}`.
 * Frames are cut on the plan's grid by number, so neighbouring chunks neither share nor lose one.
 */
export function chunkArgs({ plan, chunk, rungs, encoder }: ChunkWork, sourceUrl: string, cut: ChunkCut): string[] {
  const start = (chunk.startFrame * plan.frameRate.den) / plan.frameRate.num
  const seek = cut.preRollSeconds === null ? 0 : Math.max(0, start - cut.preRollSeconds)
  const route = cut.route ?? 'software'
  return [
    ...PIXEL_GUARD,
    ...(route === 'card' || route === 'decode' ? CARD_DECODE : route === 'upload' ? CARD_FILTERS : []),
    ...(plan.source.remuxed ? remuxedInput(sourceUrl, seek) : sourceInput(sourceUrl, plan.source, seek)),
    '-filter_complex',
    filterGraph(plan, chunk, rungs, { fromZero: seek === 0, holdLast: cut.holdLast ?? false, route }),
    ...rungs.flatMap((rung, at) => [
      '-map',
      `[v${at}]`,
      ...encoderArgs(encoder, plan.gopFrames, rung, cut.nvenc),
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

/** Source fixes, the grid, the cut, then the rungs. `fps`, `trim`, `setpts` and `split` only touch times and references: frames on the card pass them too. */
export function filterGraph(
  plan: EncodePlan,
  chunk: PlannedChunk,
  rungs: readonly VideoRung[],
  { fromZero, holdLast, route = 'software' }: { fromZero: boolean; holdLast: boolean; route?: Route },
): string {
  const { num, den } = plan.frameRate
  const holds = holdLast || plan.source.holdLast
  const end = chunk.endFrame ?? (plan.source.holdLast ? plan.expectedFrames : null)
  const endFrame = holdLast ? chunk.startFrame + 1 : end
  const grid = [
    // Exact for 8-bit sources: taking planes apart rounds nothing.
    ...(route === 'decode' ? ['scale_cuda=format=yuv420p', 'hwdownload', 'format=yuv420p'] : []),
    ...(plan.source.deinterlace ? [deinterlace(plan.source.unmarkedFields)] : []),
    // A picture that starts late is held at its first frame from zero on.
    `fps=${num}/${den}${fromZero ? ':start_time=0' : ''}`,
    ...(holds ? ['tpad=stop=-1:stop_mode=clone'] : []),
    `trim=start_pts=${chunk.startFrame}${endFrame === null ? '' : `:end_pts=${endFrame}`}`,
    'setpts=PTS-STARTPTS',
    ...(plan.source.toneMap === 'none' ? [] : toneMap(plan, rungs[0] as VideoRung)),
  ]
  const head = `[0:V:0]${grid.join(',')}`
  if (route === 'card') return onCard(head, rungs)
  if (route === 'upload') return onCard(`${head},format=yuv420p,hwupload_cuda`, rungs)
  return cascade(head, rungs)
}

/** Each rung is scaled from the one above it: 4-8 % cheaper than all from the top. */
function cascade(head: string, rungs: readonly VideoRung[]): string {
  const last = rungs.length - 1
  const scaled = rungs.map((rung, at) => {
    const scale = `scale=${rung.width}:${rung.height}:flags=bicubic,setsar=1,format=yuv420p`
    const input = at === 0 ? `${head},` : `[c${at}]`
    return at === last ? `${input}${scale}[v${at}]` : `${input}${scale},split=2[v${at}][c${at + 1}]`
  })
  return scaled.join(';')
}

/** Every rung from the source: scaling costs a card nothing. `passthrough=0` gives the decoder its surface back also where no size changes. */
function onCard(head: string, rungs: readonly VideoRung[]): string {
  const scale = ({ width, height }: VideoRung, at: number) => `scale_cuda=${width}:${height}:interp_algo=bicubic:format=yuv420p:passthrough=0,setsar=1[v${at}]`
  if (rungs.length === 1) return `${head},${scale(rungs[0] as VideoRung, 0)}`
  const labels = rungs.map((_, at) => `[s${at}]`)
  return [`${head},split=${rungs.length}${labels.join('')}`, ...rungs.map((rung, at) => `${labels[at]}${scale(rung, at)}`)].join(';')
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
