import type { PresetSettings } from '@avocet/shared/preset'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'
import { cleanTitle } from '../videos/title.ts'
import type { Preset } from './preset.ts'

/** Adds a preset; one without a name has the name ''. Throws bad_request `title_too_long`. */
export async function createPreset(deps: Deps, actor: Actor, name: string | null, settings: PresetSettings): Promise<Preset> {
  demand(actor, 'presets:write')
  const now = deps.now()
  const preset: Preset = { id: deps.newId('preset'), accountId: actor.accountId, name: name === null ? '' : cleanTitle(name, 'name'), settings, logo: null, createdAt: now, updatedAt: now, version: 1 }
  await deps.commit([deps.presets.add(preset)])
  return preset
}
