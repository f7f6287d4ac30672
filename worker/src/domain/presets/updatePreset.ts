import { missing } from '@avocet/shared/fault'
import type { PresetEdits } from '@avocet/shared/preset'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'
import { cleanTitle } from '../videos/title.ts'
import { type Preset, settingsOf } from './preset.ts'

/** Changes only what is given, colour by colour. A name of null takes it away. Throws not_found, conflict, bad_request `title_too_long`. */
export async function updatePreset(deps: Deps, actor: Actor, id: string, edits: { name?: string | null | undefined; settings: PresetEdits }): Promise<Preset> {
  demand(actor, 'presets:write')
  const preset = (await deps.presets.find(actor.accountId, id)) ?? missing('preset')
  const settings = settingsOf(preset)
  const changed: Preset = {
    ...preset,
    name: edits.name === undefined ? preset.name : edits.name === null ? '' : cleanTitle(edits.name, 'name'),
    settings: { ...settings, ...edits.settings, theme: { ...settings.theme, ...edits.settings.theme } },
    updatedAt: deps.now(),
  }
  await deps.commit([deps.presets.save(changed)])
  return changed
}
