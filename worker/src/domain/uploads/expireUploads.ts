import { sourceKey } from '@avocet/shared/objectKeys'
import type { Deps } from '../ports.ts'
import { closeUpload } from './abortUpload.ts'

/** Collects uploads past their lifetime. One whose bytes were already joined loses them too: nobody completed it. */
export async function expireUploads(deps: Deps, limit: number): Promise<void> {
  for (const upload of await deps.uploads.listExpired(deps.now(), limit)) {
    await closeUpload(deps, upload, 'expired')
    await deps.objects.delete([sourceKey(upload.assetId)])
  }
}
