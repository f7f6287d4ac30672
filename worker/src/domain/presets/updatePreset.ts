import { missing } from '@avocet/shared/fault'
import type { PresetSettings } from '@avocet/shared/preset'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'
import { cleanTitle } from '../videos/title.ts'
import type { Preset } from './preset.ts'

/** Changes only what is given. */
export async function updatePreset(deps: Deps, actor: Actor, id: string, edits: { name?: string | undefined; settings: Partial<PresetSettings> }): Promise<Preset> {
  demand(actor, 'presets:write')
  const preset = (await deps.presets.find(actor.accountId, id)) ?? missing('preset')
  const changed: Preset = {
    ...preset,
    name: edits.name === undefined ? preset.name : cleanTitle(edits.name),
    settings: { ...preset.settings, ...edits.settings },
    updatedAt: deps.now(),
  }
  await deps.commit([deps.presets.save(changed)])
  return changed
}
