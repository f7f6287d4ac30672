import type { AccountId, Id } from '@avocet/shared/ids'
import type { PresetSettings } from '@avocet/shared/preset'

/** Player look and behaviour, shared by videos. */
export interface Preset {
  id: Id<'preset'>
  accountId: AccountId
  name: string
  settings: PresetSettings
  createdAt: number
  updatedAt: number
  version: number
}
