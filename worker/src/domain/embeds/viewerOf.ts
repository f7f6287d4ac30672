import type { Deps } from '../ports.ts'
import { EMBED_TOKEN } from './embedToken.ts'

/**
 * Whom an embed token names, null for nobody; for tokens that were found good before, whatever became of them since. What names a viewer
 * never changes, so it costs one look-up an isolate, and none where the token itself says it.
 */
export async function viewerOf(deps: Deps, token: string): Promise<string | null> {
  if (EMBED_TOKEN.test(token)) return deps.embeds.viewerOf(token)
  const payload = token.split('.')[1] ?? ''
  const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (sign) => sign.charCodeAt(0))
  const { viewer_id } = JSON.parse(new TextDecoder().decode(bytes)) as { viewer_id?: unknown }
  return typeof viewer_id === 'string' ? viewer_id : null
}
