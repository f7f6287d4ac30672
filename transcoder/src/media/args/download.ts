/** Arguments that copy a stored picture and sound into one file. Pure. */

/** Our own output, read back from its beginning to its end. */
export const STORED = ['-protocol_whitelist', 'http,tcp', '-format_whitelist', 'mov', '-seekable', '0'] as const

/** A stored stream, and when it begins as ffmpeg tells its time: sound begins a frame before zero, which players leave out (its priming). */
export interface StoredInput {
  url: string
  startSeconds: number
}

/** `-c copy` into a progressive MP4 with its index in front. ffmpeg lets every input begin at zero: `-itsoffset` takes that back. */
export function downloadArgs(inputs: readonly StoredInput[], output: string): string[] {
  const opened = inputs.flatMap(({ url, startSeconds }) => [...STORED, '-itsoffset', startSeconds.toFixed(6), '-i', url])
  const maps = inputs.flatMap((_, index) => ['-map', `${index}:0`])
  return ['-y', ...opened, ...maps, '-c', 'copy', '-map_metadata', '-1', '-map_chapters', '-1', '-movflags', '+faststart', '-fflags', '+bitexact', '-f', 'mp4', `file:${output}`]
}
