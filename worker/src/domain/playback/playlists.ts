import type { EncodePlan } from '@avocet/shared/encode'
import { Fault, missing } from '@avocet/shared/fault'
import type { Encode } from '../encodes/encode.ts'
import type { Deps } from '../ports.ts'
import type { PlaybackClaims } from './claims.ts'
import { dashOf, masterOf, mediaOf, type Presentation } from './manifest.ts'

/**
 * Where media lies for a session: without a token where bytes are encrypted or anyone's (shared by all viewers), under the token elsewhere.
 * What is not encrypted is asked of the Worker, which can still say no one day; the bucket's own address could not.
 */
export function mediaBase(deps: Deps, encode: Encode, { pub }: Pick<PlaybackClaims, 'pub'>): string {
  if (encode.encryption !== 'none') return `${deps.config.mediaBaseUrl}/m/${encode.id}`
  return pub ? `/m/${encode.id}` : 'm'
}

/** The session's encode with what of it is committed. */
async function committedOf(deps: Deps, claims: PlaybackClaims): Promise<{ encode: Encode; presentation: Presentation }> {
  const { encode, chunks } = (await deps.encodes.committed(claims.enc)) ?? missing('encode')
  const plan: EncodePlan = encode.plan ?? missing('encode')
  return { encode, presentation: { plan, chunks, growing: encode.state !== 'ready' } }
}

/** The multivariant playlist of a session. */
export async function writeMaster(deps: Deps, claims: PlaybackClaims): Promise<string> {
  return masterOf((await committedOf(deps, claims)).presentation)
}

/** The media playlist of one rendition. Throws not_found for a rendition that has nothing yet. */
export async function writeMedia(deps: Deps, claims: PlaybackClaims, name: string): Promise<string> {
  const { encode, presentation } = await committedOf(deps, claims)
  return mediaOf(presentation, name, claims.typ, mediaBase(deps, encode, claims), encode.encryption !== 'none') ?? missing('rendition')
}

/**
 * The DASH manifest of a session. AES-128 over whole segments is HLS's own: DASH players know only encryption by sample.
 * Throws not_found `dash_not_offered` for an encrypted encode, not_ready while it is still being made.
 */
export async function writeDash(deps: Deps, claims: PlaybackClaims): Promise<string> {
  const { encode, presentation } = await committedOf(deps, claims)
  if (encode.encryption !== 'none') {
    throw new Fault('not_found', 'DASH is offered for videos encoded without encryption; this one plays by its HLS playlist.', { reason: 'dash_not_offered' })
  }
  if (presentation.growing) throw new Fault('not_ready', 'The DASH manifest is written once the video is ready; its HLS playlist plays already.', { retryAfterSeconds: 5 })
  return dashOf(presentation, mediaBase(deps, encode, claims))
}
