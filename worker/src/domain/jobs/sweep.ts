import { removeLeftovers } from '../encodes/removeLeftovers.ts'
import { replanStranded } from '../encodes/replanStranded.ts'
import { wakeImporters } from '../imports/wakeImporters.ts'
import { expireIntakes } from '../sources/expireIntakes.ts'
import { expireUploads } from '../uploads/expireUploads.ts'
import { repairUploads } from '../uploads/repairUploads.ts'
import { removeDeleted } from '../videos/removeDeleted.ts'
import type { Deps } from '../ports.ts'
import { wakeCouriers } from '../webhooks/wakeCouriers.ts'
import { requeueLapsed } from './requeueLapsed.ts'

const BATCH = 50
/** A prefix may hold thousands of objects. */
const ENCODES_CLEANED = 5
/** As long as worker/src/http/idempotency.ts says. */
const ANSWERS_KEPT_MS = 24 * 3_600_000
/** Longer than any upload lives: what a token began before its end can be finished with it. */
const UPLOAD_TOKENS_KEPT_MS = 7 * 24 * 3_600_000
const DELIVERIES_KEPT_MS = 30 * 24 * 3_600_000

/** One round of housekeeping. Every step is safe to repeat, to be cut short, and to fail without stopping the others. */
export async function sweep(deps: Deps): Promise<void> {
  const steps = [
    async () => requeueLapsed(deps, await deps.jobs.listLapsed(deps.now(), BATCH)),
    () => replanStranded(deps),
    () => removeDeleted(deps, BATCH),
    () => repairUploads(deps, BATCH),
    () => expireUploads(deps, BATCH),
    () => deps.uploadTokens.forgetEnded(deps.now() - UPLOAD_TOKENS_KEPT_MS, BATCH * 10),
    () => expireIntakes(deps, BATCH),
    () => removeLeftovers(deps, ENCODES_CLEANED),
    () => wakeCouriers(deps),
    () => wakeImporters(deps, BATCH),
    () => deps.idempotency.forgetOld(deps.now() - ANSWERS_KEPT_MS, BATCH * 10),
    () => deps.usedTokens.forgetOld(deps.now(), BATCH * 10),
    () => deps.deliveries.forgetOld(deps.now() - DELIVERIES_KEPT_MS, BATCH),
  ]
  for (const step of steps) {
    try {
      await step()
    } catch (error) {
      console.error(
        JSON.stringify({ level: 'error', message: `janitor: ${error}`, stack: error instanceof Error ? error.stack : undefined }),
      )
    }
  }
}
