import { Fault, missing } from '@avocet/shared/fault'
import type { Actor } from '../actor.ts'
import type { Deps } from '../ports.ts'
import { expiryOf } from '../uploads/upload.ts'
import { targetOf, useUploadToken } from '../uploadTokens/useUploadToken.ts'
import { cleanFilename } from '../videos/title.ts'
import type { Video } from '../videos/video.ts'
import type { IncomingPart } from './receivePart.ts'
import type { Intake } from './source.ts'

/** The video's intake: the one under way, else a new one. Many first parts at once find the same. Throws conflict `import_running` and what `useUploadToken` throws. */
export async function openIntake(deps: Deps, actor: Actor, video: Video, file: IncomingPart): Promise<Intake> {
  const known = await deps.sources.intake(video.id)
  if (known) return known
  if (video.origin === 'import') throw new Fault('conflict', 'A source is being fetched for this video.', { reason: 'import_running' })
  const uses = useUploadToken(deps, actor, { sizeBytes: null, videoId: targetOf(actor, video.id) })
  const intake = freshIntake(deps, video, file)
  try {
    await deps.commit([...uses, deps.sources.begin(intake)])
    return intake
  } catch (error) {
    if (!(error instanceof Fault && error.code === 'conflict')) throw error
    return (await deps.sources.intake(video.id)) ?? missing('video')
  }
}

/** An intake nothing has come of yet. */
export function freshIntake(deps: Deps, { id, accountId }: Pick<Video, 'id' | 'accountId'>, { range, filename }: Pick<IncomingPart, 'range' | 'filename'>): Intake {
  const now = deps.now()
  return {
    videoId: id,
    accountId,
    assetId: deps.newId('asset'),
    filename: cleanFilename(filename) || 'upload',
    style: range?.style ?? 'part',
    total: range ? range.total : 1,
    createdAt: now,
    expiresAt: expiryOf(now, now),
  }
}
