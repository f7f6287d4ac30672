import { z } from 'zod'
import { SCOPES } from '../../domain/actor.ts'
import type { ApiKey } from '../../domain/credentials/apiKey.ts'
import { createApiKey } from '../../domain/credentials/createApiKey.ts'
import type { AuditedRequest } from '../../domain/usage.ts'
import { listKeyRequests } from '../../domain/credentials/listKeyRequests.ts'
import { listApiKeys } from '../../domain/credentials/listApiKeys.ts'
import { revokeApiKey } from '../../domain/credentials/revokeApiKey.ts'
import { setRateLimits } from '../../domain/credentials/setRateLimits.ts'
import { MOST_CALLS_A_MINUTE } from '../../domain/limits/budgets.ts'
import { RATE_CLASSES, type RateClass } from '../../domain/platform.ts'
import { route } from '../../http/route.ts'
import { encodePage, Iso, idParam, iso, isoOrNull, PageQuery, pageOf, sliceOf } from './codec.ts'

const Scopes = z.array(z.enum(SCOPES)).min(1)
const Limits = z.strictObject(Object.fromEntries(RATE_CLASSES.map((rate) => [rate, z.number().int().min(0).max(MOST_CALLS_A_MINUTE)])) as Record<RateClass, z.ZodNumber>).partial()
const KeyBody = z.object({
  id: z.string(),
  name: z.string(),
  prefix: z.string().describe('First characters of the key, for telling keys apart'),
  scopes: Scopes,
  expires_at: Iso.nullable(),
  last_used_at: Iso.nullable(),
  revoked_at: Iso.nullable(),
  created_at: Iso,
  rate_limits: Limits.nullable().describe('Calls a minute the operator gave this key in place of the common limits'),
}).meta({ id: 'ApiKey' })
const RequestBody = z.object({ request_id: z.string(), at: Iso, method: z.string(), path: z.string(), status: z.number().int(), ip: z.string() })
const about = { tag: 'API keys', needs: 'keys:write', rate: 'write' } as const

export const apiKeyRoutes = [
  route({
    ...about,
    method: 'POST',
    path: '/api-keys',
    summary: 'Create an API key; it is shown this once',
    input: { body: z.strictObject({ name: z.string().trim().min(1).max(100), scopes: Scopes.default([...SCOPES]), expires_at: Iso.nullable().default(null) }) },
    output: { status: 201, body: KeyBody.extend({ key: z.string() }) },
    async run({ deps, actor, body }) {
      const scopes = [...new Set(body.scopes)]
      const { key, apiKey } = await createApiKey(deps, actor, { name: body.name, scopes, expiresAt: body.expires_at === null ? null : Date.parse(body.expires_at) })
      return { ...encodeKey(apiKey), key }
    },
  }),
  route({
    tag: 'API keys',
    needs: 'keys:read',
    rate: 'read',
    method: 'GET',
    path: '/api-keys',
    summary: 'List API keys; never the keys themselves',
    input: { query: PageQuery },
    output: { status: 200, body: pageOf(KeyBody) },
    run: async ({ deps, actor, query }) => encodePage(await listApiKeys(deps, actor, sliceOf(query)), query, encodeKey),
  }),
  route({
    ...about,
    method: 'DELETE',
    path: '/api-keys/:id',
    summary: 'Revoke an API key at once',
    input: { params: z.object({ id: idParam('apiKey') }) },
    output: { status: 204 },
    run: ({ deps, actor, params }) => revokeApiKey(deps, actor, params.id),
  }),
  route({
    tag: 'API keys',
    needs: 'keys:read',
    rate: 'read',
    method: 'GET',
    path: '/api-keys/:id/requests',
    summary: 'The last 100 requests of a key, newest first, a few seconds late',
    input: { params: z.object({ id: idParam('apiKey') }) },
    output: { status: 200, body: z.object({ data: z.array(RequestBody) }) },
    run: async ({ deps, actor, params }) => ({ data: (await listKeyRequests(deps, actor, params.id)).map(encodeRequest) }),
  }),
  route({
    tag: 'API keys',
    needs: 'operator',
    rate: 'none',
    method: 'PUT',
    path: '/api-keys/:id/rate-limits',
    summary: "Give a key limits of its own, or null for the common ones; the operator's alone, for limits protect the site from its accounts",
    input: { params: z.object({ id: idParam('apiKey') }), body: z.strictObject({ rate_limits: Limits.nullable() }) },
    output: { status: 200, body: KeyBody },
    run: async ({ deps, params, body }) => encodeKey(await setRateLimits(deps, params.id, body.rate_limits)),
  }),
]

const encodeKey = (key: ApiKey): z.infer<typeof KeyBody> => ({
  id: key.id,
  name: key.name,
  prefix: key.keyPrefix,
  scopes: key.scopes,
  expires_at: isoOrNull(key.expiresAt),
  last_used_at: isoOrNull(key.lastUsedAt),
  revoked_at: isoOrNull(key.revokedAt),
  created_at: iso(key.createdAt),
  rate_limits: key.rateLimits,
})

const encodeRequest = ({ requestId, at, method, path, status, ip }: AuditedRequest): z.infer<typeof RequestBody> => ({ request_id: requestId, at: iso(at), method, path, status, ip })
