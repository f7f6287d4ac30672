import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { EncodeImages } from '@avocet/shared/encode'
import type { PosterTask } from '@avocet/shared/job'
import { JobFailure } from '../failure.ts'
import { type SegmentCipher, segmentCipher } from '../media/cmaf/encrypt.ts'
import type { StepContext } from './context.ts'
import { readSegment } from './readBack.ts'
import { run, SCRATCH_GUARD } from './writeImage.ts'

const MAX_WIDTH = 1280

/** Makes a JPEG of the frame its owner chose and stores it. */
export async function makePoster(context: StepContext, { key, rung, segment, frame, keys }: PosterTask): Promise<EncodeImages['poster']> {
  const [segmentKey] = rung.segmentKeys
  if (segmentKey === undefined) throw new JobFailure('permanent', 'no_picture', 'There is no picture at this time.')
  const { file, width, height } = await drawFrame(context, { rung, key: segmentKey, segment, frame }, keys && segmentCipher(keys))
  const bytes = await readFile(file)
  await context.store.write(key, bytes, 'image/jpeg', context.signal)
  return { width, height, bytes: bytes.length }
}

interface Frame {
  rung: Pick<PosterTask['rung'], 'initKey' | 'width' | 'height'>
  /** Of the segment, with its number in the whole rendition. */
  key: string
  segment: number
  /** Counted from the segment's first. */
  frame: number
}

/** One frame of a stored rung as a JPEG file, at most 1280 pixels wide. */
export async function drawFrame(context: StepContext, { rung, key, segment, frame }: Frame, cipher: SegmentCipher | null): Promise<{ file: string; width: number; height: number }> {
  const input = join(context.scratchDir, 'poster.mp4')
  const init = await context.store.readAll(rung.initKey, context.signal)
  await writeFile(input, Buffer.concat([init, await readSegment(context, key, segment, cipher)]))
  const width = Math.min(MAX_WIDTH, rung.width)
  const height = 2 * Math.round((rung.height * width) / rung.width / 2)
  const file = join(context.scratchDir, 'poster.jpg')
  const filters = `select=gte(n\\,${frame}),scale=${width}:${height}`
  await run(context, [...SCRATCH_GUARD, '-i', `file:${input}`, '-frames:v', '1', '-vf', filters, '-q:v', '3', '-update', '1', `file:${file}`])
  return { file, width, height }
}
