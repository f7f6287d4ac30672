import { missing } from '@avocet/shared/fault'
import { logoKey } from '@avocet/shared/objectKeys'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'

/** Takes the uploaded logo off; without one there is nothing to do. Throws not_found, conflict. */
export async function removeLogo(deps: Deps, actor: Actor, id: string): Promise<void> {
  demand(actor, 'presets:write')
  const preset = (await deps.presets.find(actor.accountId, id)) ?? missing('preset')
  if (!preset.logo) return
  await deps.commit([deps.presets.save({ ...preset, logo: null, updatedAt: deps.now() })])
  deps.defer(deps.objects.delete([logoKey(preset.logo.file)]))
}
