import { Fault } from '@avocet/shared/fault'
import { fillFromSource } from '../assets/createFromSource.ts'
import type { Deps, VideoDetail } from '../ports.ts'
import { inspectSource } from '../uploads/inspectSource.ts'
import { dropIntake } from './expireIntakes.ts'
import { type Intake, type SourcePart, partKey, sumOf } from './source.ts'

/** Makes a whole file its video's source and starts encoding. A file that is something in disguise is dropped: unprocessable. */
export async function finishIntake(deps: Deps, detail: VideoDetail, intake: Intake, parts: readonly SourcePart[]): Promise<VideoDetail> {
  const { accountId, assetId, videoId, filename } = intake
  const [first] = parts as [SourcePart]
  try {
    await inspectSource(deps, partKey(first), first.sizeBytes)
  } catch (error) {
    if (error instanceof Fault && error.code === 'unprocessable') await dropIntake(deps, intake)
    throw error
  }
  const sizeBytes = sumOf(parts)
  const { writes } = fillFromSource(deps, detail.video, { accountId, videoId, assetId, filename, title: '', sizeBytes, inParts: true })
  try {
    await deps.commit([deps.sources.close(videoId), deps.accounts.useReserved(accountId, sizeBytes), ...writes])
    deps.defer(deps.dispatcher.wake())
  } catch (error) {
    // Another part saw the file whole at the same moment, or the video is gone: its intake then ends by itself.
    if (!(error instanceof Fault && error.code === 'conflict')) throw error
  }
  return (await deps.videos.findDetail(accountId, videoId)) ?? detail
}
