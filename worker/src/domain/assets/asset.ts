import type { MediaInfo } from '@avocet/shared/encode'
import type { AccountId, AssetId, EncodeId } from '@avocet/shared/ids'

/** Uploaded bytes plus what the machine derives from them. */
export interface Asset {
  id: AssetId
  accountId: AccountId
  filename: string
  sizeBytes: number
  /** Its source is not one object but parts, in order (domain/sources). */
  inParts: boolean
  /** Null until probed. */
  media: MediaInfo | null
  /** What plays; a failed re-encode leaves it alone. */
  currentEncodeId: EncodeId | null
  createdAt: number
}
