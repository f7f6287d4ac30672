/** Arguments that make WebVTT of text subtitles. Pure. */
import { sourceInput } from './source.ts'

/** ffmpeg takes minutes of one cue of megabytes: time grows with the square of its length. No honest cue is this long. */
const MAX_CUE_BYTES = 64 * 1024
const MAX_COPY_BYTES = 64 * 1024 * 1024
/** Seconds of processor time; what is copied has few bytes. */
const MAX_CPU_SECONDS = 120

const mapped = (indexes: readonly number[]) => indexes.flatMap((index) => ['-map', `0:s:${index}`])

/** Copies subtitle streams, `indexes` as in `0:s:<index>`, out of a source into a small Matroska file, without what is too long. */
export function textCopyArgs(indexes: readonly number[], sourceUrl: string, file: string): string[] {
  const short = ['-bsf:s', `noise=drop=gt(size\\,${MAX_CUE_BYTES})`, '-fs', String(MAX_COPY_BYTES)]
  return ['-y', ...sourceInput(sourceUrl, {}), ...mapped(indexes), '-c:s', 'copy', ...short, '-map_metadata', '-1', '-f', 'matroska', `file:${file}`]
}

/** All `count` streams of such a copy as WebVTT, stream k on `pipe:{3 + k}`. */
export function textArgs(count: number, file: string): string[] {
  const input = ['-protocol_whitelist', 'file', '-format_whitelist', 'matroska', '-copyts', '-i', `file:${file}`]
  return ['-timelimit', String(MAX_CPU_SECONDS), ...input, ...toVtt(Array.from({ length: count }, (_, at) => at))]
}

/** MP4's timed text straight from the source: its format bounds the length of a cue, and Matroska cannot hold it. */
export const timedTextArgs = (indexes: readonly number[], sourceUrl: string): string[] => [...sourceInput(sourceUrl, {}), ...toVtt(indexes)]

const toVtt = (indexes: readonly number[]) =>
  indexes.flatMap((index, at) => [...mapped([index]), '-c:s', 'webvtt', '-map_metadata', '-1', '-f', 'webvtt', `pipe:${3 + at}`])
