/** Arguments of one sound stream, whole. Pure. */
import type { AudioStream, EncodePlan } from '@avocet/shared/encode'
import { sourceInput } from './source.ts'

/** Fragments of 250 ms, so that segments can be cut near the picture's; the priming edit list (0, 1024) stays (reference: transcode.md section 1.4). */
const FRAGMENTED = ['-movflags', '+cmaf+delay_moov+default_base_moof+skip_trailer', '-use_editlist', '1', '-frag_duration', '250000']
/** EBU R 128, told on stderr at the end; the meter itself changes nothing. */
const METER = 'ebur128=peak=true:framelog=verbose'
/** Sound may outlast the picture by this much; more has nothing to stand beside. */
export const SPARE_SECONDS = 30

/**
 * The stream on `pipe:3`, its loudness on stderr. Sound starts with the picture, silence standing in for what is missing in front, in
 * gaps and up to the picture's end. A copied stream is decoded as well, for the meter alone.
 */
export function audioArgs(stream: AudioStream, plan: Pick<EncodePlan, 'durationSeconds' | 'chunks' | 'source'>, sourceUrl: string, copy: boolean): string[] {
  const map = ['-map', `0:a:${stream.sourceIndex}`]
  const hasPicture = plan.chunks.length > 0
  const limit = hasPicture ? ['-t', (plan.durationSeconds + SPARE_SECONDS).toFixed(3)] : []
  const filters = [
    // first_pts=0 pads silence in front of sound that starts late, async fills gaps.
    'aresample=48000:async=1000:first_pts=0',
    `aformat=channel_layouts=${stream.channels > 2 ? '5.1' : stream.channels === 1 ? 'mono' : 'stereo'}`,
    METER,
    ...(hasPicture ? [`apad=whole_dur=${plan.durationSeconds.toFixed(3)}`] : []),
  ]
  const encode = ['-af', filters.join(','), '-c:a', 'aac', '-b:a', `${stream.bitrateKbps}k`]
  const meter = copy ? [...map, ...limit, '-af', METER, '-f', 'null', '-'] : []
  return [
    ...['-loglevel', 'info', '-nostats', ...sourceInput(sourceUrl, plan.source)],
    ...[...map, ...limit, ...(copy ? ['-c:a', 'copy'] : encode)],
    ...[...FRAGMENTED, '-map_metadata', '-1', '-map_chapters', '-1', '-fflags', '+bitexact', '-f', 'mp4', 'pipe:3'],
    ...meter,
  ]
}
