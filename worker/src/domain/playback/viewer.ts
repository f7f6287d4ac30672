import { Fault } from '@avocet/shared/fault'
import type { Deps } from '../ports.ts'
import type { EmbedGrant } from '../rights.ts'

/** Where a viewer's request comes from, as the platform vouches for it. */
export interface Viewer {
  ip: string
  /** ISO 3166-1 letters; null where the platform does not tell. */
  country: string | null
}

/**
 * Lets a viewer play only where the token says so, or throws forbidden `ip_not_allowed` or `country_not_allowed`.
 * A rule that cannot be checked, because the platform tells no country, refuses.
 */
export function demandPlace(deps: Deps, { minted }: EmbedGrant, { ip, country }: Viewer): void {
  if (!minted) return
  const { allowedIps, allowedCountries, blockedCountries } = minted
  if (allowedIps.length > 0 && !deps.addresses.isWithin(ip, allowedIps)) {
    throw new Fault('forbidden', 'This video may not be played from this network.', { reason: 'ip_not_allowed' })
  }
  if (allowedCountries.length === 0 && blockedCountries.length === 0) return
  if (country !== null && !blockedCountries.includes(country) && (allowedCountries.length === 0 || allowedCountries.includes(country))) return
  throw new Fault('forbidden', 'This video is not available in your country.', { reason: 'country_not_allowed' })
}
