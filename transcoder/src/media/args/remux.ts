/** Arguments that copy a picture into an indexed form, and that read it back. Pure. */
import { REMUX_AHEAD_SECONDS } from '@avocet/shared/remux'
import type { RemuxTask } from '@avocet/shared/job'
import { DECODER_GUARD } from '../inputGuard.ts'
import { sourceInput } from './source.ts'

/** The picture on `pipe:3`, not decoded. NUT holds every codec on its own time base and ends with an index, also on a pipe. */
export function remuxArgs(sourceUrl: string, task: Pick<RemuxTask, 'fragmented'>): string[] {
  // genpts: program streams leave times out that can be told from their neighbours.
  const input = ['-fflags', '+genpts', ...sourceInput(sourceUrl, task)]
  const clock = ['-output_ts_offset', String(REMUX_AHEAD_SECONDS)]
  return [...input, '-map', '0:V:0', '-c', 'copy', ...clock, '-map_metadata', '-1', '-map_chapters', '-1', '-f', 'nut', 'pipe:3']
}

/** The copy as an input whose clock is the video's. ffmpeg drops nothing in front of `seek` here: its reckoning of that knows no `-itsoffset`. */
export function remuxedInput(url: string, seek: number): string[] {
  const from = seek > 0 ? ['-seek_timestamp', '1', '-noaccurate_seek', '-ss', (seek + REMUX_AHEAD_SECONDS).toFixed(6)] : []
  return ['-protocol_whitelist', 'http,tcp', '-format_whitelist', 'nut', ...DECODER_GUARD, '-copyts', '-itsoffset', String(-REMUX_AHEAD_SECONDS), ...from, '-i', url]
}
