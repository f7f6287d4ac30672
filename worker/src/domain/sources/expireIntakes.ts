import { Fault } from '@avocet/shared/fault'
import { sourcePrefix } from '@avocet/shared/objectKeys'
import { removePrefix } from '../assets/removePrefix.ts'
import type { Deps } from '../ports.ts'
import { type Intake, sumOf } from './source.ts'

/** Ends intakes nobody has sent a part to for a day, and those of deleted videos: their parts go, their quota is free again, once. */
export async function expireIntakes(deps: Deps, limit: number): Promise<void> {
  for (const intake of await deps.sources.listExpired(deps.now(), limit)) {
    try {
      await dropIntake(deps, intake)
    } catch (error) {
      if (!(error instanceof Fault && error.code === 'conflict')) throw error
    }
  }
}

/** Forgets all that has come of a file; its video still awaits one. Throws conflict when the intake has ended meanwhile. */
export async function dropIntake(deps: Deps, { videoId, accountId, assetId }: Intake): Promise<void> {
  const parts = await deps.sources.parts(assetId)
  await deps.commit([deps.sources.close(videoId), deps.sources.forgetParts(assetId), deps.accounts.unreserve(accountId, sumOf(parts))])
  await removePrefix(deps, sourcePrefix(assetId))
}
