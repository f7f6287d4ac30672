import { toHex } from '@avocet/shared/ids'
import type { Deps } from '../ports.ts'
import type { Encode } from './encode.ts'

/** What makes the names of an encode's indexed copy ones that nobody guesses from what players are told of it. */
export async function remuxSecret(deps: Deps, { keySeed }: Pick<Encode, 'keySeed'>): Promise<string> {
  return toHex(await deps.crypto.hkdf(keySeed, 'avocet remux', 16))
}
