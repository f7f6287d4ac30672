import type { DownloadTask } from '@avocet/shared/job'
import type { Job } from '../jobs/job.ts'
import type { Deps } from '../ports.ts'
import { committedRendition } from './committed.ts'
import { contentKeysFor } from './contentKeys.ts'
import { downloadKeyOf } from './downloadKeyOf.ts'
import type { Encode } from './encode.ts'
import { storedStream } from './storedStream.ts'

/** What of a ready encode goes into its MP4 file: the highest H.264 rung and the default sound. Null when it is not ready. */
export async function downloadTask(deps: Deps, job: Job, encode: Encode): Promise<DownloadTask | null> {
  const { plan } = encode
  if (!plan || encode.state !== 'ready') return null
  const chunks = await deps.encodes.chunks(encode.id)
  const names = [plan.video.find(({ codec }) => codec === 'h264')?.name, plan.audio.find(({ isDefault }) => isDefault)?.name]
  const [picture, sound] = names.map((name) => (name === undefined ? null : committedRendition(plan, chunks, name)))
  const segments = [picture, sound].map((one) => one?.segments ?? [])
  return {
    kind: 'download',
    key: await downloadKeyOf(deps, encode, job.epoch),
    sizeBytes: segments.flat().reduce((sum, { bytes }) => sum + bytes, 0),
    durationSeconds: plan.durationSeconds,
    picture: picture ? storedStream(encode, picture.name, picture) : null,
    sound: sound ? storedStream(encode, sound.name, sound) : null,
    keys: await contentKeysFor(deps, encode, 0, Math.max(...segments.map(({ length }) => length))),
  }
}
