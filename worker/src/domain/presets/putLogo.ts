import { Fault, missing } from '@avocet/shared/fault'
import { logoKey } from '@avocet/shared/objectKeys'
import { type Actor, demand } from '../actor.ts'
import { cleanImage } from '../images/cleanImage.ts'
import type { Deps } from '../ports.ts'
import type { Logo, Preset } from './preset.ts'

export const MAX_LOGO_BYTES = 200 * 1024
const [MAX_WIDTH_PX, MAX_HEIGHT_PX] = [200, 100]

/**
 * Puts an image into the player's corner, in place of the one before. It is freed of what is no picture (`cleanImage`).
 * Throws not_found, conflict, too_large, what `cleanImage` does, unprocessable `image_too_large` when it has too many pixels for a corner.
 */
export async function putLogo(deps: Deps, actor: Actor, id: string, wish: { bytes: Uint8Array; link: string | null }): Promise<Preset> {
  demand(actor, 'presets:write')
  const preset = (await deps.presets.find(actor.accountId, id)) ?? missing('preset')
  const { bytes, ...facts } = cleanLogo(wish.bytes)
  const logo = { file: '', ...facts, link: wish.link }
  logo.file = `${preset.id}-${deps.crypto.randomHex(8)}.${logo.type === 'image/png' ? 'png' : 'jpg'}`
  await deps.objects.put(logoKey(logo.file), bytes, logo.sizeBytes, logo.type)
  const changed = { ...preset, logo, updatedAt: deps.now() }
  await deps.commit([deps.presets.save(changed)])
  if (preset.logo) deps.defer(deps.objects.delete([logoKey(preset.logo.file)]))
  return { ...changed, version: changed.version + 1 }
}

function cleanLogo(sent: Uint8Array): Pick<Logo, 'type' | 'sizeBytes' | 'widthPx' | 'heightPx'> & { bytes: Uint8Array } {
  if (sent.length > MAX_LOGO_BYTES) throw new Fault('too_large', `A logo has at most ${MAX_LOGO_BYTES} bytes.`, { reason: 'file_too_large', extra: { max_size: MAX_LOGO_BYTES } })
  const { type, widthPx, heightPx, bytes } = cleanImage(sent, ['image/png', 'image/jpeg'], 'A logo is a PNG or a JPEG.')
  if (widthPx > MAX_WIDTH_PX || heightPx > MAX_HEIGHT_PX)
    throw new Fault('unprocessable', `A logo is at most ${MAX_WIDTH_PX} x ${MAX_HEIGHT_PX} pixels; this one is ${widthPx} x ${heightPx}.`, {
      reason: 'image_too_large',
      extra: { max_width: MAX_WIDTH_PX, max_height: MAX_HEIGHT_PX },
    })
  return { type: type as Logo['type'], widthPx, heightPx, bytes, sizeBytes: bytes.length }
}
