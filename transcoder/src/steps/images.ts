import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { EncodeImages } from '@avocet/shared/encode'
import type { ImagesTask } from '@avocet/shared/job'
import { fragmentsIn } from '../media/cmaf/boxes.ts'
import { type SegmentCipher, segmentCipher } from '../media/cmaf/encrypt.ts'
import type { StepContext } from './context.ts'
import { drawFrame } from './poster.ts'
import { readSegment } from './readBack.ts'
import { makeSoundPoster } from './soundPoster.ts'
import { run, SCRATCH_GUARD, upload } from './writeImage.ts'

const [COLUMNS, ROWS, TILE_WIDTH] = [10, 10, 160]
/** At most this many tiles; longer videos get wider steps between them. */
const MAX_TILES = 300
const GOPS_PER_SEGMENT = 2

type Stored = NonNullable<ImagesTask['highest']>
type StoryboardTask = Pick<ImagesTask, 'plan'> & { smallest: Stored }

/** Poster and storyboard, read back from the encode itself: keyframes only, so an hour takes seconds. Sound alone gets a poster of its own. */
export async function makeImages(context: StepContext, task: ImagesTask): Promise<EncodeImages> {
  const { highest, smallest } = task
  if (!highest || !smallest) return { epoch: context.lease.epoch, poster: await makeSoundPoster(context, task.plan), storyboard: null }
  const cipher = task.keys && segmentCipher(task.keys)
  const poster = await makePoster(context, highest, cipher)
  const storyboard = await makeStoryboard(context, { ...task, smallest }, cipher)
  return { epoch: context.lease.epoch, poster, storyboard }
}

async function makePoster(context: StepContext, highest: Stored, cipher: SegmentCipher | null): Promise<EncodeImages['poster']> {
  const at = Math.floor(highest.segmentKeys.length / 10)
  const { file, ...size } = await drawFrame(context, { rung: highest, key: highest.segmentKeys[at] as string, segment: at, frame: 0 }, cipher)
  return { ...size, bytes: await upload(context, file, 'poster.jpg') }
}

/** Null where there is only one picture to show. */
async function makeStoryboard(context: StepContext, task: StoryboardTask, cipher: SegmentCipher | null): Promise<EncodeImages['storyboard']> {
  const { plan, smallest } = task
  // A keyframe begins each GOP, two in a segment: tile k is exactly at second k * interval, also at 29.97 fps.
  const keyframes = smallest.segmentKeys.length * GOPS_PER_SEGMENT
  const every = keyframes <= MAX_TILES ? 1 : GOPS_PER_SEGMENT * Math.ceil(keyframes / MAX_TILES / GOPS_PER_SEGMENT)
  const file = join(context.scratchDir, 'smallest.mp4')
  const tiles = await saveKeyframes(context, task, cipher, every, file)
  if (tiles < 2) return null
  const tileHeight = 2 * Math.round((smallest.height * TILE_WIDTH) / smallest.width / 2)
  const filters = `scale=${TILE_WIDTH}:${tileHeight},tile=${COLUMNS}x${ROWS}`
  const pattern = join(context.scratchDir, 'storyboard-%d.jpg')
  await run(context, [
    '-skip_frame',
    'nokey',
    ...SCRATCH_GUARD,
    '-i',
    `file:${file}`,
    '-vf',
    filters,
    '-fps_mode',
    'passthrough',
    '-q:v',
    '4',
    '-start_number',
    '0',
    `file:${pattern}`,
  ])
  const sheets = Math.ceil(tiles / (COLUMNS * ROWS))
  let bytes = 0
  for (let sheet = 0; sheet < sheets; sheet++)
    bytes += await upload(context, join(context.scratchDir, `storyboard-${sheet}.jpg`), `storyboard-${sheet}.jpg`)
  const intervalSeconds = (every * plan.gopFrames * plan.frameRate.den) / plan.frameRate.num
  return { sheets, columns: COLUMNS, rows: ROWS, tileWidth: TILE_WIDTH, tileHeight, intervalSeconds, tiles, bytes }
}

/** Writes the first GOP of every `every`-th (all GOPs for 1) to a file of its own; returns how many. Reads no segment it does not need. */
async function saveKeyframes(
  context: StepContext,
  { smallest }: StoryboardTask,
  cipher: SegmentCipher | null,
  every: number,
  file: string,
): Promise<number> {
  let saved = 0
  await pipeline(async function* () {
    yield await context.store.readAll(smallest.initKey, context.signal)
    for (let at = 0; at < smallest.segmentKeys.length; at += Math.ceil(every / GOPS_PER_SEGMENT)) {
      const fragments = fragmentsIn(await readSegment(context, smallest.segmentKeys[at] as string, at, cipher))
      const wanted = every === 1 ? fragments : fragments.slice(0, 1)
      saved += wanted.length
      yield* wanted
    }
  }, createWriteStream(file))
  return saved
}
