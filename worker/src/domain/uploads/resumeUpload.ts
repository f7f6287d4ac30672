import { type Actor, demandForUpload } from '../actor.ts'
import type { Deps } from '../ports.ts'
import { finishUpload, isStalled } from './finishUpload.ts'
import type { Upload } from './upload.ts'
import { uploadOffset } from './uploadOffset.ts'
import { demandOpen, findUpload } from './uploadState.ts'

/**
 * Where a client that sends in order goes on. One whose bytes are all there but whose end was lost is ended now: then its offset is its
 * size and it has its video. Throws not_found, gone, conflict `upload_completing`, and what ending it does.
 */
export async function resumeUpload(deps: Deps, actor: Actor, id: string): Promise<{ upload: Upload; offset: number }> {
  demandForUpload(actor, 'videos:write')
  const upload = await findUpload(deps, actor, id)
  if (upload.state === 'completed') return { upload, offset: upload.sizeBytes }
  const stalled = isStalled(upload, deps.now())
  if (!stalled) demandOpen(upload)
  const offset = await uploadOffset(deps, upload)
  if (offset === upload.sizeBytes) await finishUpload(deps, upload)
  return { upload, offset }
}
