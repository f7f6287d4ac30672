import { Fault } from '@avocet/shared/fault'
import type { Deps } from '../ports.ts'
import { refuseDisguise, SNIFF_BYTES } from './mediaKind.ts'

/** Makes sure that a stored object has the promised size and is not something else in disguise. Throws unprocessable `unsupported_media` or unavailable. */
export async function inspectSource(deps: Deps, key: string, sizeBytes: number): Promise<void> {
  const head = await deps.objects.get(key, { offset: 0, length: Math.min(SNIFF_BYTES, sizeBytes) })
  if (head?.sizeBytes !== sizeBytes)
    throw new Fault('unavailable', 'The file could not be read back. Try again.', { reason: 'storage_unavailable', retryAfterSeconds: 2 })
  refuseDisguise(new Uint8Array(await new Response(head.body).arrayBuffer()))
}
