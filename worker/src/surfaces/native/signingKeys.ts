import { z } from 'zod'
import { createSigningKey } from '../../domain/signingKeys/createSigningKey.ts'
import { listSigningKeys } from '../../domain/signingKeys/listSigningKeys.ts'
import { revokeSigningKey } from '../../domain/signingKeys/revokeSigningKey.ts'
import { rotateSigningKey } from '../../domain/signingKeys/rotateSigningKey.ts'
import { type NewSigningKey, SIGNING_ALGORITHMS, type SigningKey } from '../../domain/signingKeys/signingKey.ts'
import { route } from '../../http/route.ts'
import { encodePage, Iso, idParam, iso, isoOrNull, PageQuery, pageOf, sliceOf } from './codec.ts'

const DAY_SECONDS = 24 * 3600

const KeyBody = z
  .object({
    id: z.string().describe("The tokens' `kid`"),
    name: z.string(),
    algorithm: z.enum(SIGNING_ALGORITHMS),
    public_key: z.string().nullable().describe('JWK; null for HS256'),
    retires_at: Iso.nullable().describe('From then on its tokens are void'),
    revoked_at: Iso.nullable(),
    created_at: Iso,
  })
  .meta({ id: 'SigningKey' })
const NewKeyBody = KeyBody.extend({
  secret: z.string().nullable().describe('HS256: base64url of the secret. Shown this once.'),
  private_key: z.string().nullable().describe('EdDSA, when made here: PKCS #8 PEM. Shown this once, and not kept.'),
})
const publicKey = z.string().max(2000).optional().describe('EdDSA: your Ed25519 public key, SPKI PEM or JWK. Left out, the pair is made here.')
const params = z.object({ id: idParam('signingKey') })
const about = { tag: 'Signing keys', needs: 'keys:write', rate: 'write' } as const

export const signingKeyRoutes = [
  route({
    ...about,
    method: 'POST',
    path: '/signing-keys',
    summary: 'Create a key with which your own server signs embed tokens',
    input: { body: z.strictObject({ name: z.string().trim().min(1).max(100), algorithm: z.enum(SIGNING_ALGORITHMS).default('EdDSA'), public_key: publicKey }) },
    output: { status: 201, body: NewKeyBody },
    run: async ({ deps, actor, body }) =>
      encodeNewKey(await createSigningKey(deps, actor, { name: body.name, algorithm: body.algorithm, publicKey: body.public_key ?? null })),
  }),
  route({
    tag: 'Signing keys',
    needs: 'keys:read',
    rate: 'read',
    method: 'GET',
    path: '/signing-keys',
    summary: 'List signing keys; never their secrets',
    input: { query: PageQuery },
    output: { status: 200, body: pageOf(KeyBody) },
    run: async ({ deps, actor, query }) => encodePage(await listSigningKeys(deps, actor, sliceOf(query)), query, encodeKey),
  }),
  route({
    ...about,
    method: 'POST',
    path: '/signing-keys/:id/rotate',
    summary: 'Make the successor of a key; the old one verifies for an overlap',
    input: {
      params,
      body: z.strictObject({ overlap_seconds: z.number().int().min(0).max(30 * DAY_SECONDS).default(DAY_SECONDS), public_key: publicKey }),
    },
    output: { status: 201, body: NewKeyBody.extend({ previous_retires_at: Iso }) },
    async run({ deps, actor, params, body }) {
      const made = await rotateSigningKey(deps, actor, params.id, body.overlap_seconds, body.public_key ?? null)
      return { ...encodeNewKey(made), previous_retires_at: iso(made.retiresAt) }
    },
  }),
  route({
    ...about,
    method: 'DELETE',
    path: '/signing-keys/:id',
    summary: 'Revoke a signing key: every token signed with it is void, and playback stops within 65 seconds',
    input: { params },
    output: { status: 204 },
    run: ({ deps, actor, params }) => revokeSigningKey(deps, actor, params.id),
  }),
]

const encodeKey = (key: SigningKey): z.infer<typeof KeyBody> => ({
  id: key.id,
  name: key.name,
  algorithm: key.algorithm,
  public_key: key.publicKey,
  retires_at: isoOrNull(key.retiresAt),
  revoked_at: isoOrNull(key.revokedAt),
  created_at: iso(key.createdAt),
})

const encodeNewKey = ({ key, secret, privateKey }: NewSigningKey): z.infer<typeof NewKeyBody> => ({ ...encodeKey(key), secret, private_key: privateKey })
