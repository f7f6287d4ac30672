import type { JobLease } from '@avocet/shared/job'
import { planEncode } from '@avocet/shared/ladder'
import { piecesOf } from '@avocet/shared/pieces'
import { expect, test } from 'vitest'
import { beginningsMade, begin } from './activity.ts'

const NEVER_MS = 60_000
const video = { codec: 'h264', profile: 'High', codedWidth: 1920, codedHeight: 1080, width: 1920, height: 1080, rotation: 0 as const, frameRate: { num: 30, den: 1 } }
const picture = { ...video, variableFrameRate: false, interlaced: false, pixelFormat: 'yuv420p', bitDepth: 8, transfer: 'sdr' as const, durationSeconds: 60 }
const plan = planEncode(
  { container: 'mp4', durationSeconds: 60, sizeBytes: 1, bitrateBps: null, indexed: true, audio: [], subtitles: [], chapters: [], video: picture },
  { encoders: { h264: 'libx264' } },
)
let count = 0
function running(stream: string, index: number) {
  const piece = piecesOf(plan).find((one) => one.stream === stream && one.chunk.index === index)!
  const lease = { id: `job_${++count}`, epoch: 1, encodeId: 'enc_1', source: { key: 'x', sizeBytes: 1 }, task: { kind: 'encode', plan, ...piece, firstSegment: 0, keys: null } }
  return begin(lease as unknown as JobLease)
}
/** Whether a promise is kept by what has happened so far. */
async function isKept(promise: Promise<void>): Promise<boolean> {
  let kept = false
  void promise.then(() => (kept = true))
  await new Promise((resolve) => setImmediate(resolve))
  return kept
}

test('what waits for beginnings goes on once the lowest rungs of the first chunks in work are made, however that ended; later ones are not waited for', async () => {
  const [one, other] = [running('video-low', 0), running('video-low', 0)]
  const waiting = beginningsMade(NEVER_MS)
  expect(await isKept(waiting)).toBe(false)
  one.ended('done')
  expect(await isKept(waiting)).toBe(false)
  const later = running('video-low', 0)
  other.ended('failed')
  await waiting
  later.ended('done')
})

test('higher rungs and later chunks hold nothing up', async () => {
  const others = [running('video-high', 0), running('video', 1)]
  await beginningsMade(NEVER_MS)
  for (const one of others) one.ended('done')
})

test('nothing waits for a beginning longer than it said', async () => {
  const stuck = running('video-low', 0)
  await beginningsMade(10)
  stuck.ended('lost')
})
