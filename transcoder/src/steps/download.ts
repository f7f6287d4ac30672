import { stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { DownloadTask, StoredStream } from '@avocet/shared/job'
import { z } from 'zod'
import { JobFailure } from '../failure.ts'
import { downloadArgs, STORED } from '../media/args/download.ts'
import { type SegmentCipher, segmentCipher } from '../media/cmaf/encrypt.ts'
import { ffprobeJson, startFfmpeg } from '../media/ffmpeg.ts'
import type { StepContext } from './context.ts'
import { readStream } from './readBack.ts'

const MAX_MS = 3 * 3_600_000
/** At its end ffmpeg moves the whole file to make room for the index, and says nothing meanwhile. */
const STALL_MS = 15 * 60_000
/** An index is smaller than what the fragments' headers were, but for files of a moment. */
const SPARE_BYTES = 64 * 1024 * 1024
/** Share of the time until the file lies on disk. */
const COPYING = 0.8

/**
 * Copies a picture and a sound out of the finished encode into one MP4 with its index in front, and stores it; returns its bytes. Nothing
 * is encoded. Holds a few segments in memory and the file on disk, once.
 */
export async function makeDownload(context: StepContext, task: DownloadTask): Promise<number> {
  const { scratchDir, store, signal } = context
  const fileBytes = task.sizeBytes + SPARE_BYTES
  await demandDisk(scratchDir, fileBytes)
  const output = join(scratchDir, 'download.mp4')
  const cipher = task.keys && segmentCipher(task.keys)
  // Pictures begin at zero, whatever their decode times; see media/args/video.ts.
  const streams = [
    ...(task.picture ? [{ stream: task.picture, startSeconds: 0 }] : []),
    ...(task.sound ? [{ stream: task.sound, startSeconds: await startOf(context, task.sound, cipher) }] : []),
  ]
  await copy(context, task, streams, cipher, { output, fileBytes })
  await store.writeFile(task.key, output, 'video/mp4', signal)
  return (await stat(output)).size
}

type Begun = { stream: StoredStream; startSeconds: number }

async function copy(context: StepContext, task: DownloadTask, streams: readonly Begun[], cipher: SegmentCipher | null, to: { output: string; fileBytes: number }): Promise<void> {
  const { tools, scratchDir, signal } = context
  let read = 0
  const inputs = streams.map(({ stream, startSeconds }) => {
    const opened = context.openStream(async function* () {
      yield* readStream(context, stream, cipher)
      read++
    })
    return { ...opened, startSeconds }
  })
  const onProgress = ({ seconds }: { seconds: number }) => context.progress(Math.min(COPYING, (COPYING * seconds) / task.durationSeconds))
  try {
    const argv = downloadArgs(inputs, to.output)
    await startFfmpeg(tools, { argv, outputs: 0, yields: true, signal, maxMs: MAX_MS, stallMs: STALL_MS, scratchDir, fileBytes: to.fileBytes, onProgress }).done
    for (const input of inputs) input.check()
  } catch (error) {
    for (const input of inputs) input.check()
    throw error
  } finally {
    for (const input of inputs) input.close()
  }
  if (read < inputs.length) throw new JobFailure('retryable', 'copy_cut_short', 'The file was not read to its end.')
}

const Begins = z.object({ format: z.object({ start_time: z.string().transform(Number).pipe(z.number().min(-10).max(10)) }) })

/** When a stream begins, as ffmpeg tells its time. */
async function startOf(context: StepContext, stream: StoredStream, cipher: SegmentCipher | null): Promise<number> {
  const input = context.openStream(() => readStream(context, { ...stream, segmentKeys: stream.segmentKeys.slice(0, 1) }, cipher))
  try {
    const report = await ffprobeJson(context.tools, [...STORED, '-show_entries', 'format=start_time', input.url], context.signal)
    input.check()
    return Begins.parse(report).format.start_time
  } catch (error) {
    input.check()
    throw error
  } finally {
    input.close()
  }
}

async function demandDisk(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  if (bavail * bsize < bytes) throw new JobFailure('retryable', 'disk_full', 'The transcoder host has no disk space left.')
}
