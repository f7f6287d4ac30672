import type { PlayerPage } from '@avocet/shared/playback'
import type { Preset } from './preset.ts'

/** Where an uploaded logo is served, on our origin. Its bytes never change. */
export const logoPath = (file: string): string => `/m/logos/${file}`

/** What the player shows in its corner: the uploaded image, else the one at an address, and where it leads if that is a web address. */
export function shownLogo(preset: Pick<Preset, 'logo' | 'settings'> | null): PlayerPage['logo'] {
  if (preset?.logo) return { src: logoPath(preset.logo.file), link: webAddress(preset.logo.link) }
  const { logo_url: src, logo_link: link } = preset?.settings ?? {}
  return src ? { src, link: webAddress(link ?? null) } : null
}

function webAddress(text: string | null): string | null {
  const url = URL.parse(text ?? '')
  return url && ['https:', 'http:'].includes(url.protocol) ? url.href : null
}
