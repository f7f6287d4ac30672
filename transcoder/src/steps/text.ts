import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { type JobResult, MAX_VTT_CHARACTERS, type TextTask } from '@avocet/shared/job'
import { JobFailure } from '../failure.ts'
import { textArgs, textCopyArgs, timedTextArgs } from '../media/args/text.ts'
import { startFfmpeg } from '../media/ffmpeg.ts'
import type { StepContext } from './context.ts'

type Track = Extract<JobResult, { kind: 'text' }>['tracks'][number]

/** Subtitles lie all over a file, so all of it is read once. Nothing may come out for long: only the whole has a ceiling. */
const MAX_MS = 30 * 60_000
const PATIENT = { yields: true, maxMs: MAX_MS, stallMs: MAX_MS }
/** All tracks together, as they are handed in. */
const MAX_RESULT_BYTES = 6 * 1024 * 1024

/** WebVTT of the source's text subtitles. Streams that cannot be read, are empty or too long are left out; the others stand. */
export async function extractText(context: StepContext, { subtitles }: TextTask): Promise<Track[]> {
  const found: Track[] = []
  for (const isTimedText of [true, false]) {
    const indexes = subtitles.filter(({ codec }) => (codec === 'mov_text') === isTimedText).map(({ index }) => index)
    const read = isTimedText ? readTimedText : readText
    // One broken stream ends the run for all: then each is read alone.
    found.push(...(await read(context, indexes).catch((error) => eachAlone(context, indexes, read, error))))
  }
  context.checkSource()
  let left = MAX_RESULT_BYTES
  return found.filter((track) => {
    const bytes = Buffer.byteLength(JSON.stringify(track))
    if (bytes > left) return false
    left -= bytes
    return true
  })
}

type Read = (context: StepContext, indexes: readonly number[]) => Promise<Track[]>

async function eachAlone(context: StepContext, indexes: readonly number[], read: Read, error: unknown): Promise<Track[]> {
  const found: Track[] = []
  for (const index of indexes) {
    context.checkSource()
    if (context.signal.aborted || !(error instanceof JobFailure) || error.reason === 'disk_full') throw error
    if (indexes.length > 1) found.push(...(await read(context, [index]).catch((alone) => eachAlone(context, [index], read, alone))))
  }
  return found
}

async function readTimedText(context: StepContext, indexes: readonly number[]): Promise<Track[]> {
  if (indexes.length === 0) return []
  return convert(context, indexes, timedTextArgs(indexes, context.sourceUrl))
}

async function readText(context: StepContext, indexes: readonly number[]): Promise<Track[]> {
  if (indexes.length === 0) return []
  const { tools, scratchDir, signal, sourceUrl } = context
  const file = join(scratchDir, 'text.mkv')
  await startFfmpeg(tools, { ...PATIENT, argv: textCopyArgs(indexes, sourceUrl, file), outputs: 0, signal, scratchDir }).done
  return convert(context, indexes, textArgs(indexes.length, file))
}

async function convert({ tools, scratchDir, signal }: StepContext, indexes: readonly number[], argv: string[]): Promise<Track[]> {
  const run = startFfmpeg(tools, { ...PATIENT, argv, outputs: indexes.length, signal, scratchDir })
  const [texts] = await Promise.all([Promise.all(run.outputs.map(whole)), run.done])
  return indexes.flatMap((index, at) => {
    const vtt = texts[at]
    return vtt?.includes('-->') ? [{ index, vtt }] : []
  })
}

/** The whole of a stream as text; null when it is too long, after reading it to its end all the same, so that the others go on. */
async function whole(stream: Readable): Promise<string | null> {
  let text: string | null = ''
  for await (const part of stream.setEncoding('utf8') as AsyncIterable<string>) {
    if (text !== null) text = text.length + part.length > MAX_VTT_CHARACTERS ? null : text + part
  }
  return text
}
