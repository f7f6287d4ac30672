import { Fault, missing } from '@avocet/shared/fault'
import type { Actor } from '../actor.ts'
import type { Deps } from '../ports.ts'
import type { Upload } from './upload.ts'

/** The account's upload, or to an upload token one that it began. Unknown, malformed and others' look the same (U14). */
export async function findUpload(deps: Deps, actor: Actor, id: string): Promise<Upload> {
  const upload = await deps.uploads.find(actor.accountId, id)
  const hidden = actor.kind === 'uploadToken' && upload?.uploadTokenId !== actor.subjectId
  return upload && !hidden ? upload : missing('upload')
}

/** Lets an open upload pass; says of any other why it takes no more (U26). */
export function demandOpen(upload: Upload): void {
  switch (upload.state) {
    case 'open':
      return
    case 'completing':
      throw uploadCompleting()
    case 'completed':
      throw new Fault('conflict', 'The upload is complete.', { reason: 'upload_completed', extra: { video_id: upload.videoId } })
    case 'aborted':
      throw new Fault('gone', 'The upload has been aborted.', { reason: 'upload_aborted' })
    case 'expired':
      throw uploadExpired()
    case 'failed':
      throw new Fault('gone', 'The uploaded file was refused.', { reason: 'upload_failed' })
  }
}

export function uploadCompleting(): Fault {
  return new Fault('conflict', 'The upload is being completed.', { reason: 'upload_completing', retryAfterSeconds: 2 })
}

export function uploadExpired(): Fault {
  return new Fault('gone', 'The upload has expired. Start it again.', { reason: 'upload_expired' })
}
