/** Arguments of one sound stream, whole. Pure. */
import type { AudioStream } from '@avocet/shared/encode'
import { INPUT_GUARD } from '../ffmpeg.ts'

/** Fragments of 250 ms, so that segments can be cut near the picture's; the priming edit list (0, 1024) stays (reference: transcode.md section 1.4). */
const FRAGMENTED = ['-movflags', '+cmaf+delay_moov+default_base_moof+skip_trailer', '-use_editlist', '1', '-frag_duration', '250000']

export function audioArgs(stream: AudioStream, sourceUrl: string, copy: boolean): string[] {
  // first_pts=0 pads silence in front of sound that starts late, so sound and picture share time zero.
  const encode = [
    '-af',
    'aresample=48000:async=1000:first_pts=0',
    '-ac',
    String(stream.channels),
    '-c:a',
    'aac',
    '-b:a',
    `${stream.bitrateKbps}k`,
  ]
  return [
    ...INPUT_GUARD,
    '-copyts',
    '-start_at_zero',
    '-i',
    sourceUrl,
    '-map',
    `0:a:${stream.sourceIndex}`,
    ...(copy ? ['-c:a', 'copy'] : encode),
    ...FRAGMENTED,
    '-map_metadata',
    '-1',
    '-map_chapters',
    '-1',
    '-fflags',
    '+bitexact',
    '-f',
    'mp4',
    'pipe:3',
  ]
}
