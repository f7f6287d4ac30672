import { Fault } from '@avocet/shared/fault'
import { sourceKey } from '@avocet/shared/objectKeys'
import type { Deps } from '../ports.ts'
import type { Upload } from './upload.ts'

/** Ends open uploads nobody has sent a chunk to for a day: their parts go, their quota is free again, once. One that lives again meanwhile is left alone. */
export async function expireUploads(deps: Deps, limit: number): Promise<void> {
  for (const upload of await deps.uploads.listExpired(deps.now(), limit)) {
    try {
      await expire(deps, upload)
    } catch (error) {
      if (!(error instanceof Fault && error.code === 'conflict')) throw error
    }
  }
}

async function expire(deps: Deps, upload: Upload): Promise<void> {
  await deps.commit([
    deps.uploads.expire(upload, deps.now()),
    deps.uploads.forgetParts(upload.id),
    deps.accounts.unreserve(upload.accountId, upload.sizeBytes),
  ])
  await deps.objects.abortMultipart(sourceKey(upload.assetId), upload.multipartId)
}
