import { Fault } from '@avocet/shared/fault'
import type { Actor } from '../domain/actor.ts'
import { authenticateApiKey, authenticateOperator, authenticateSession } from '../domain/credentials/authenticate.ts'
import { authenticateUploadToken } from '../domain/uploadTokens/authenticateUploadToken.ts'
import type { Deps } from '../domain/ports.ts'

/** The Bearer credential of a request, or null. */
export function bearerOf(request: Request): string | null {
  const header = request.headers.get('Authorization')
  return header && /^Bearer /i.test(header) ? header.slice(7).trim() : null
}

/**
 * The account's actor of a request: `X-API-Key`, `?api_key=` or `Authorization: Bearer` (API key or session token, or, where the
 * route takes them, an upload token).
 * Throws bad_request `ambiguous_credentials` when several are sent (A07), unauthenticated when none is valid.
 */
export async function accountActor(deps: Deps, request: Request, byUploadToken = false): Promise<Actor> {
  const header = request.headers.get('X-API-Key')
  const query = new URL(request.url).searchParams.get('api_key')
  const bearer = bearerOf(request)
  const given = [header, query, bearer].filter((one) => one !== null)
  if (given.length > 1) throw new Fault('bad_request', 'Send one credential only.', { reason: 'ambiguous_credentials' })
  if (header !== null || query !== null) return authenticateApiKey(deps, header ?? query ?? '', query !== null)
  if (bearer === null) throw new Fault('unauthenticated', 'Send an API key as X-API-Key, or a session as Authorization: Bearer.', { reason: 'credentials_required' })
  if (byUploadToken && bearer.startsWith('upt_')) return authenticateUploadToken(deps, bearer)
  return bearer.startsWith('avc_') ? authenticateApiKey(deps, bearer, false) : authenticateSession(deps, bearer)
}

/** Proves the operator by a Bearer token, or a person who is admin of the site by a login session. Throws forbidden `site_admin_required` for anyone else's. */
export async function siteAdmin(deps: Deps, request: Request): Promise<null> {
  const bearer = bearerOf(request) ?? ''
  // Three parts: a session. The operator's token is none.
  if (bearer.split('.').length !== 3) return operator(deps, request)
  if ((await authenticateSession(deps, bearer)).siteAdmin) return null
  throw new Fault('forbidden', 'Only an admin of this site may do this.', { reason: 'site_admin_required' })
}

/** Proves the operator by a Bearer token. */
export function operator(deps: Deps, request: Request): null {
  authenticateOperator(deps, bearerOf(request) ?? '')
  return null
}
