import { toHex } from '@avocet/shared/ids'
import { downloadKey } from '@avocet/shared/objectKeys'
import type { Deps } from '../ports.ts'
import type { Encode } from './encode.ts'

/** Where the MP4 file made under lease `epoch` is. Not to be guessed from what players are told of the encode. */
export async function downloadKeyOf(deps: Deps, encode: Encode, epoch: number): Promise<string> {
  return downloadKey(encode.id, epoch, toHex(await deps.crypto.hkdf(encode.keySeed, 'avocet download', 16)))
}
