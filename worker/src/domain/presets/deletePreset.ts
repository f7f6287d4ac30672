import { missing } from '@avocet/shared/fault'
import { logoKey } from '@avocet/shared/objectKeys'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'

/** Removes a preset with its logo; videos that used it play with the defaults. */
export async function deletePreset(deps: Deps, actor: Actor, id: string): Promise<void> {
  demand(actor, 'presets:write')
  const preset = (await deps.presets.find(actor.accountId, id)) ?? missing('preset')
  await deps.commit([deps.presets.remove(preset)])
  if (preset.logo) deps.defer(deps.objects.delete([logoKey(preset.logo.file)]))
}
