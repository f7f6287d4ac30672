import { sourceKey } from '@avocet/shared/objectKeys'
import { type Actor, demandForUpload } from '../actor.ts'
import type { Deps } from '../ports.ts'
import { demandOpen, findUpload } from './uploadState.ts'

/** Ends an open upload and frees its quota, once. Repeating it is harmless; a completed upload is refused. */
export async function abortUpload(deps: Deps, actor: Actor, uploadId: string): Promise<void> {
  demandForUpload(actor, 'videos:write')
  const upload = await findUpload(deps, actor, uploadId)
  if (upload.state === 'aborted') return
  demandOpen(upload)
  // Rows first, objects second: a crash in between leaves parts the store drops by itself.
  await deps.commit([
    deps.uploads.save({ ...upload, state: 'aborted' }),
    deps.uploads.forgetParts(upload.id),
    deps.accounts.unreserve(upload.accountId, upload.sizeBytes),
  ])
  await deps.objects.abortMultipart(sourceKey(upload.assetId), upload.multipartId)
}
