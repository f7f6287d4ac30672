import { Fault } from '@avocet/shared/fault'
import { z } from 'zod'
import type { Actor } from '../../domain/actor.ts'
import { type AccessTokens, grantAccess, refreshAccess, authenticateAccess } from '../../domain/credentials/accessToken.ts'
import { authenticateApiKey } from '../../domain/credentials/authenticate.ts'
import type { Deps } from '../../domain/ports.ts'
import { route } from '../../http/route.ts'

/** `Basic base64(apiKey + ":")` or `Bearer <access token>`, in any case; an empty header is none (contract section 1, 11). */
export async function authenticate(deps: Deps, request: Request): Promise<Actor> {
  const header = (request.headers.get('Authorization') ?? '').trim()
  if (header === '') throw new Fault('unauthenticated', 'Send the API key or an access token.', { reason: 'credentials_required' })
  const [, scheme = '', credential = ''] = /^(\S+)\s+(\S+)$/.exec(header) ?? []
  if (/^bearer$/i.test(scheme)) return credential.startsWith('avc_') ? authenticateApiKey(deps, credential, false) : authenticateAccess(deps, credential)
  const key = /^basic$/i.test(scheme) ? decodeBasic(credential) : null
  if (key === null) throw new Fault('unauthenticated', 'The Authorization header is neither Basic nor Bearer.', { reason: 'credentials_malformed' })
  return authenticateApiKey(deps, key, false)
}

/** The user part of Basic credentials (RFC 7617); null when they are none. */
function decodeBasic(credential: string): string | null {
  try {
    return atob(credential).split(':')[0] ?? null
  } catch {
    return null
  }
}

const Tokens = z.object({ token_type: z.string(), expires_in: z.number().int(), access_token: z.string(), refresh_token: z.string() })
const about = { method: 'POST', tag: 'Authentication', needs: 'public', rate: 'credentials' } as const
const credential = z.string().min(1).max(4000)

export const authRoutes = [
  route({
    ...about,
    path: '/auth/api-key',
    summary: 'Exchange an API key for an access token of an hour and a refresh token',
    input: { body: z.object({ apiKey: credential }) },
    output: { status: 200, body: Tokens },
    run: async ({ deps, body }) => encodeTokens(await grantAccess(deps, body.apiKey)),
  }),
  route({
    ...about,
    path: '/auth/refresh',
    summary: 'Exchange a refresh token for new tokens, once',
    input: { body: z.object({ refreshToken: credential }) },
    output: { status: 200, body: Tokens },
    run: async ({ deps, body }) => encodeTokens(await refreshAccess(deps, body.refreshToken)),
  }),
]

const encodeTokens = ({ accessToken, refreshToken, expiresInSeconds }: AccessTokens) => ({ token_type: 'Bearer', expires_in: expiresInSeconds, access_token: accessToken, refresh_token: refreshToken })
