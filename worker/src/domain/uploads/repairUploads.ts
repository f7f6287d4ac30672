import { Fault } from '@avocet/shared/fault'
import type { Deps } from '../ports.ts'
import { finishUpload, TAKEOVER_MS } from './finishUpload.ts'

/** Finishes completions that died half-way and that no client repeats (U33). What cannot be finished ends or opens again, as it would for a client. */
export async function repairUploads(deps: Deps, limit: number): Promise<void> {
  for (const upload of await deps.uploads.listStalled(deps.now() - TAKEOVER_MS, limit)) {
    try {
      await finishUpload(deps, upload)
    } catch (error) {
      if (!(error instanceof Fault)) throw error
    }
  }
}
