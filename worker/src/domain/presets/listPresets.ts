import type { Listing, Slice } from '@avocet/shared/page'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'
import type { Preset } from './preset.ts'

/** The account's presets, newest first. */
export async function listPresets(deps: Deps, actor: Actor, slice: Slice): Promise<Listing<Preset>> {
  demand(actor, 'presets:read')
  return deps.presets.list(actor.accountId, slice)
}
