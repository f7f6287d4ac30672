import type { Listing, Slice } from '@avocet/shared/page'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'
import type { Preset, PresetSort } from './preset.ts'

/** The account's presets. */
export async function listPresets(deps: Deps, actor: Actor, sort: PresetSort, slice: Slice): Promise<Listing<Preset>> {
  demand(actor, 'presets:read')
  return deps.presets.list(actor.accountId, sort, slice)
}
