/** How long a source really is: headers are estimates, missing, or true of a file that was cut off since. */
import { once } from 'node:events'
import { get } from 'node:http'
import { z } from 'zod'
import { JobFailure } from '../failure.ts'
import { ffprobeJson, startFfmpeg, type Tools } from './ffmpeg.ts'
import { type FragmentTimes, fragmentsHead, lastTimes } from './fragments.ts'
import { INPUT_GUARD } from './inputGuard.ts'
import { lastBlockSeconds, matroskaHead } from './matroska.ts'

/** The end is looked for in the packets of this long, which a seek finds at once. */
const TAIL_SECONDS = 10
/** Later than any source: a seek there lands on the last keyframe. */
const FAR_SECONDS = 10_000_000
/** A file that holds less than this share of what it declares is cut off. */
const LEAST_SHARE = 0.95
const MAX_MS = 10 * 60_000
/** The head of a Matroska file holds its facts; a recorder's clusters are seconds long, so that its tail holds one. */
const [HEAD_BYTES, TAIL_BYTES] = [64 * 1024, 8 * 1024 * 1024]

/** A third of what the source server keeps of files. */
const LEAST_FRAGMENTED_BYTES = 32 * 1024 * 1024
const FRAGMENT_HEAD_BYTES = 1024 * 1024
/** Fragments of a second or two; those of 4K with seconds between keyframes. */
const FRAGMENT_TAIL_BYTES = [4 * 1024 * 1024, 32 * 1024 * 1024]

const Tail = z.object({ packets: z.array(z.object({ stream_index: z.number().optional(), pts_time: z.string().optional(), duration_time: z.string().optional() })) })

/**
 * Where the last picture ends, in seconds from the start of the file: `far` if it is about what was declared; else by the packets near
 * the declared end; where there are none, by every packet. Throws JobFailure, permanent `source_truncated`, when the file ends well
 * before it says.
 */
export async function pictureEnd(
  tools: Tools,
  url: string,
  signal: AbortSignal,
  { startSeconds, durationSeconds, far }: { startSeconds: number; durationSeconds: number; far: number | null },
): Promise<number> {
  // Some muxers count the time before the first frame as part of the duration, some do not.
  const isWhole = (end: number) => end + Math.max(0, startSeconds) >= durationSeconds * LEAST_SHARE
  if (far !== null && isWhole(far - startSeconds)) return far - startSeconds
  const tail = await endAfter(tools, url, signal, startSeconds + Math.max(0, durationSeconds - TAIL_SECONDS))
  const found = tail !== null && tail > startSeconds ? tail - startSeconds : await countSeconds(tools, url, signal)
  if (isWhole(found)) return found
  throw new JobFailure('permanent', 'source_truncated', 'The file ends before its declared duration; it seems to be cut off. Upload it again.')
}

/** Makes ffprobe list the packets of the last group of frames beside whatever else it is asked: needs to know no duration. */
export const FAR_PACKETS = ['-read_intervals', `${FAR_SECONDS}%`, '-show_entries', 'packet=stream_index,pts_time,duration_time'] as const

/** Where a stream's last packet ends among those of a report, on the file's own clock; null where there is none. */
export function endIn(report: unknown, stream?: number): number | null {
  const found = Tail.safeParse(report)
  if (!found.success) return null
  const ends = found.data.packets
    .filter(({ stream_index }) => stream === undefined || stream_index === stream)
    .map(({ pts_time, duration_time }) => Number(pts_time) + (Number(duration_time) || 0))
    .filter(Number.isFinite)
  return ends.length > 0 ? ends.reduce((latest, end) => Math.max(latest, end)) : null
}

/** Where the first sound ends, on the file's own clock; null when a seek does not find it. */
export const farSoundEnd = (tools: Tools, url: string, signal: AbortSignal): Promise<number | null> => endAfter(tools, url, signal, FAR_SECONDS, 'a:0')

async function endAfter(tools: Tools, url: string, signal: AbortSignal, from: number, stream = 'V:0'): Promise<number | null> {
  const entries = ['-show_entries', 'packet=pts_time,duration_time']
  const argv = [...INPUT_GUARD, '-select_streams', stream, '-read_intervals', `${from.toFixed(3)}%`, ...entries, url]
  return endIn(await ffprobeJson(tools, argv, signal).catch(() => signal.throwIfAborted()))
}

/** Reads every packet once, as browsers' recorders write no duration. Throws JobFailure, permanent `source_empty`, when there is none. */
export async function countSeconds(tools: Tools, url: string, signal: AbortSignal): Promise<number> {
  let last = 0
  const argv = [...INPUT_GUARD, '-i', url, '-map', '0:V:0?', '-map', '0:a?', '-c', 'copy', '-f', 'null', '-']
  const run = startFfmpeg(tools, { argv, outputs: 0, signal, maxMs: MAX_MS, onProgress: ({ seconds }) => (last = Math.max(last, seconds)) })
  await run.done
  if (last <= 0) throw new JobFailure('permanent', 'source_empty', 'The file holds no playable moment.')
  return last
}

/**
 * When the last picture (or, without one, the last sound) begins in a Matroska recording that was never finished: browsers and cameras
 * write neither duration nor index. Seconds on the file's own clock, from its first and last bytes; null for any other file.
 */
export async function recordingEnd(url: string, sizeBytes: number, signal: AbortSignal): Promise<number | null> {
  const head = matroskaHead(await bytesOf(url, 0, Math.min(HEAD_BYTES, sizeBytes), signal))
  if (!head || head.hasDuration) return null
  return lastBlockSeconds(await bytesOf(url, Math.max(0, sizeBytes - TAIL_BYTES), sizeBytes, signal), head.secondsPerTick, head.pictureTrack)
}

/**
 * When the first and the last fragment are in a fragmented MP4 of some size whose index is nowhere whole, from its first and last bytes;
 * null for any other file, and for one whose end tells no time. What is smaller ffmpeg may read through whenever it opens it.
 */
export async function fragmentTimes(url: string, sizeBytes: number, signal: AbortSignal): Promise<FragmentTimes | null> {
  if (sizeBytes < LEAST_FRAGMENTED_BYTES) return null
  const head = fragmentsHead(await bytesOf(url, 0, FRAGMENT_HEAD_BYTES, signal), sizeBytes)
  if (!head) return null
  for (const bytes of FRAGMENT_TAIL_BYTES) {
    const last = lastTimes(await bytesOf(url, Math.max(0, sizeBytes - bytes), sizeBytes, signal), head.tracks)
    if (last.video || (last.audio && !head.tracks.some(({ kind }) => kind === 'video'))) return { first: head.first, last }
  }
  return null
}

async function bytesOf(url: string, start: number, end: number, signal: AbortSignal): Promise<Buffer> {
  if (end <= start) return Buffer.alloc(0)
  const [answer] = await once(get(url, { agent: false, headers: { Range: `bytes=${start}-${end - 1}` }, signal }), 'response')
  const parts: Buffer[] = []
  for await (const part of answer) parts.push(part)
  return Buffer.concat(parts)
}
