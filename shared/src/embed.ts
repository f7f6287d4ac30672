/** What an embed token may say, in the same words in `POST /api/v1/embed-token` and in a token a customer signs. */
import { z } from 'zod'

const country = z.string().regex(/^[A-Za-z]{2}$/, 'A country is two letters (ISO 3166-1).')

/** Terms under which a token plays; all may be left out. */
export const EmbedTermsWire = z
  .strictObject({
    viewer_id: z.string().min(1).max(255).describe('Your name for the viewer. Limits and revocation by viewer go by it, and the watermark may show it'),
    viewer_name: z.string().min(1).max(255).describe('For the watermark'),
    viewer_version: z.number().int().min(0).max(2 ** 31 - 1).describe('Raised by you to leave older tokens of the viewer behind'),
    allowed_domains: z.array(z.string().max(255)).max(100).describe("Narrows the video's own list"),
    max_sessions: z.number().int().min(1).max(1000).describe('Viewings at one time: of the viewer where one is named, else of the token'),
    max_views: z.number().int().min(1).max(1_000_000).describe('Viewings begun with this token'),
    watermark_text: z.string().max(200).describe("Replaces the preset's"),
    allowed_countries: z.array(country).max(250),
    blocked_countries: z.array(country).max(250),
    allowed_ips: z.array(z.string().max(49)).max(100).describe('Addresses or prefixes: 203.0.113.7, 203.0.113.0/24, 2001:db8::/32'),
  })
  .partial()
export type EmbedTermsWire = z.infer<typeof EmbedTermsWire>

/** `typ` of the header and `aud` of the claims: what is signed for another use is no embed token. */
export const SIGNED_TOKEN_TYPE = 'avocet-embed+jwt'
export const SIGNED_TOKEN_AUDIENCE = 'avocet-embed'
/** Longest life of a signed token, counted from `iat`. */
export const SIGNED_TOKEN_MAX_SECONDS = 7 * 24 * 3600
/** Longest text of one. */
export const SIGNED_TOKEN_MAX_LENGTH = 1500

/** Claims of a token a customer signs. Strict: a misspelt limit must not be no limit. */
export const SignedEmbedClaims = EmbedTermsWire.extend({
  /** The video. */
  sub: z.string(),
  aud: z.union([z.string(), z.array(z.string())]),
  iat: z.number(),
  exp: z.number(),
  nbf: z.number().optional(),
  iss: z.string().max(255).optional(),
  /** Names the token, for revoking this one. */
  jti: z.string().min(1).max(64).optional(),
})
export type SignedEmbedClaims = z.infer<typeof SignedEmbedClaims>
