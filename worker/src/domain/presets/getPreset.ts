import { missing } from '@avocet/shared/fault'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'
import type { Preset } from './preset.ts'

/** A preset of the account. */
export async function getPreset(deps: Deps, actor: Actor, id: string): Promise<Preset> {
  demand(actor, 'presets:read')
  return (await deps.presets.find(actor.accountId, id)) ?? missing('preset')
}
