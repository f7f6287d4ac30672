import type { AccountId, Id } from '@avocet/shared/ids'
import type { Listing, Slice } from '@avocet/shared/page'
import { PresetSettings } from '@avocet/shared/preset'
import type { Write } from '../ports.ts'

/** Player look and behaviour, shared by videos. */
export interface Preset {
  id: Id<'preset'>
  accountId: AccountId
  /** Empty for one without a name. */
  name: string
  settings: PresetSettings
  logo: Logo | null
  createdAt: number
  updatedAt: number
  version: number
}

/** Settings as they are meant now: those stored before one of them existed have its default. */
export const settingsOf = (preset: Pick<Preset, 'settings'> | null): PresetSettings => PresetSettings.strip().parse(preset?.settings ?? {})

export type PresetSort = `${'' | '-'}${'name' | 'created_at' | 'updated_at'}`

/** An uploaded image for the player's corner. */
export interface Logo {
  /** See shared/src/objectKeys.ts. */
  file: string
  type: 'image/png' | 'image/jpeg'
  sizeBytes: number
  widthPx: number
  heightPx: number
  /** As its owner wrote it; the player follows http and https alone. */
  link: string | null
}

export interface PresetStore {
  find(accountId: AccountId, id: string): Promise<Preset | null>
  list(accountId: AccountId, sort: PresetSort, slice: Slice): Promise<Listing<Preset>>
  add(preset: Preset): Write
  /** Guarded by `version`, which it raises. */
  save(preset: Preset): Write
  remove(preset: Preset): Write
}
