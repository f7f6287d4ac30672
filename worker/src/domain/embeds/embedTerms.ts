import type { EmbedTermsWire } from '@avocet/shared/embed'
import { Fault } from '@avocet/shared/fault'
import { parseAllowedDomain } from '../playback/domains.ts'
import type { Addresses } from '../platform.ts'

/** What a token asks of whoever plays by it. Lists that are empty, and nulls, ask nothing. */
export interface EmbedTerms {
  viewerId: string | null
  viewerName: string | null
  /** Tokens of a viewer up to a version can be revoked together. */
  viewerVersion: number
  /** Narrows the video's list. */
  allowedDomains: string[]
  /** Viewings at one time. */
  maxSessions: number | null
  /** Viewings begun in all. */
  maxViews: number | null
  /** Replaces the preset's text. */
  watermarkText: string | null
  /** ISO 3166-1 letters. */
  allowedCountries: string[]
  blockedCountries: string[]
  /** Prefixes in CIDR spelling. */
  allowedIps: string[]
}

/** Terms in canonical spelling. Throws bad_request `invalid_domain` or `invalid_ip_prefix`. */
export function parseTerms(addresses: Addresses, wire: EmbedTermsWire): EmbedTerms {
  return {
    viewerId: wire.viewer_id ?? null,
    viewerName: wire.viewer_name ?? null,
    viewerVersion: wire.viewer_version ?? 0,
    allowedDomains: unique((wire.allowed_domains ?? []).map(parseAllowedDomain)),
    maxSessions: wire.max_sessions ?? null,
    maxViews: wire.max_views ?? null,
    watermarkText: wire.watermark_text ?? null,
    allowedCountries: unique((wire.allowed_countries ?? []).map((letters) => letters.toUpperCase())),
    blockedCountries: unique((wire.blocked_countries ?? []).map((letters) => letters.toUpperCase())),
    allowedIps: unique((wire.allowed_ips ?? []).map((text) => addresses.parsePrefix(text) ?? invalidPrefix(text))),
  }
}

const unique = (words: string[]) => [...new Set(words)]

function invalidPrefix(text: string): never {
  throw new Fault('bad_request', 'An allowed address is one such as 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32.', {
    reason: 'invalid_ip_prefix',
    errors: [{ path: 'allowed_ips', message: `Not an address or prefix: ${JSON.stringify(text)}` }],
  })
}
