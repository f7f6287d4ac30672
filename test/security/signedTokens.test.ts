import { base64url, exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose'
import { beforeAll, expect, test } from 'vitest'
import { call, deps, post, type Tenant, tenant, videoOf } from '../support/site.ts'
import { seconds, sign, type SigningKey, signingKey } from '../support/signing.ts'

let mine: Tenant
let video: Awaited<ReturnType<typeof videoOf>>
let hs: SigningKey
let ed: SigningKey
beforeAll(async () => {
  mine = await tenant()
  video = await videoOf(mine)
  hs = await signingKey(mine, { algorithm: 'HS256' })
  ed = await signingKey(mine)
})

/** What a token opens: its watch page, its session, its public facts. All three must agree. */
async function verdict(token: string): Promise<[number, string]> {
  const facts = await call(`/api/v1/embed/${token}`)
  const session = await call(`/api/stream/${token}/token`, { method: 'POST', body: '{}' })
  const page = await call(`/watch/${token}`)
  const said = await facts.json<{ code?: string }>()
  const saidOfSession = (await session.json<{ code: string }>()).code
  const saidOfPage = /data-code="(\w+)"/.exec(await page.text())?.[1] ?? 'shown'
  if (facts.status === 200) expect([saidOfSession, saidOfPage]).toEqual(['not_ready', 'shown'])
  else expect([session.status, saidOfSession, page.status, saidOfPage]).toEqual([facts.status, said.code, facts.status, said.code])
  return [facts.status, said.code ?? 'good']
}
const invalid = [401, 'invalid_token']
const forge = (header: object, payload: object, signature = 'AAAA') => [header, payload].map((part) => base64url.encode(JSON.stringify(part))).join('.') + `.${signature}`
const claims = () => ({ sub: video.id, aud: 'avocet-embed', iat: seconds(), exp: seconds() + 3600 })

test('tokens signed with either algorithm open the video, everywhere an embed token does', async () => {
  expect(await verdict(await sign(hs, video.id))).toEqual([200, 'good'])
  expect(await verdict(await sign(ed, video.id, { viewer_id: 'student-7', jti: 'one', iss: 'lms.example' }))).toEqual([200, 'good'])
})

test('A10: alg none, in any spelling, is refused', async () => {
  for (const alg of ['none', 'None', 'NONE', 'nOnE', ''])
    for (const signature of ['', 'AAAA']) {
      const token = forge({ alg, typ: 'avocet-embed+jwt', kid: ed.id }, claims(), signature)
      expect((await call(`/api/v1/embed/${token}`)).status).toBe(signature === '' ? 404 : 401)
    }
})

test('A10: a token made with the public key as an HMAC secret is refused', async () => {
  const jwk = JSON.parse(ed.public_key ?? '') as { x: string }
  for (const secret of [base64url.decode(jwk.x), new TextEncoder().encode(ed.public_key ?? ''), new TextEncoder().encode(jwk.x)]) {
    const token = await new SignJWT(claims()).setProtectedHeader({ alg: 'HS256', typ: 'avocet-embed+jwt', kid: ed.id }).sign(secret)
    expect(await verdict(token)).toEqual(invalid)
  }
})

test('A10: an HS256 key verifies no other algorithm, and an EdDSA key none but its own', async () => {
  for (const alg of ['HS384', 'HS512']) {
    const token = await new SignJWT(claims()).setProtectedHeader({ alg, typ: 'avocet-embed+jwt', kid: hs.id }).sign(base64url.decode(hs.secret ?? ''))
    expect(await verdict(token)).toEqual(invalid)
  }
  expect(await verdict(await sign(ed, video.id, {}, { kid: hs.id }))).toEqual(invalid)
  expect(await verdict(await sign(hs, video.id, {}, { kid: ed.id }))).toEqual(invalid)
})

test.each(['../../etc/passwd', "' OR 1=1--", '', 'sgk_', '/dev/null', '__proto__', 42, null, ['sgk_x'], { a: 1 }])('A10: the kid %j names no key', async (kid) => {
  expect(await verdict(forge({ alg: 'HS256', typ: 'avocet-embed+jwt', kid }, claims()))).toEqual(invalid)
})

test('A10: a header that brings its own key, or an address of one, is refused though the signature is good', async () => {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
  const jwk = await exportJWK(publicKey)
  const forged = await new SignJWT(claims()).setProtectedHeader({ alg: 'EdDSA', typ: 'avocet-embed+jwt', kid: ed.id, jwk }).sign(privateKey)
  expect(await verdict(forged)).toEqual(invalid)
  for (const more of [{ jku: 'https://evil.example/jwks' }, { x5u: 'https://evil.example/x' }, { x5c: ['AA=='] }, { jwk }, { crit: ['b64'], b64: true }, { crit: ['exp'] }, { zip: 'DEF' }]) {
    const token = forge({ alg: 'EdDSA', typ: 'avocet-embed+jwt', kid: ed.id, ...more }, claims())
    expect(await verdict(token)).toEqual(invalid)
  }
  expect(await verdict(await sign(ed, video.id, {}, { jku: 'https://evil.example/jwks' }))).toEqual(invalid)
})

test('A10: every changed character of a token spoils it', async () => {
  const token = await sign(hs, video.id)
  for (let at = 0; at < token.length - 1; at += 7) {
    if (token[at] === '.') continue
    const spoilt = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1)
    expect((await call(`/api/v1/embed/${spoilt}`)).status).toBe(401)
  }
})

test.each<[string, () => Record<string, unknown>, [number, string]]>([
  ['expired', () => ({ exp: seconds() - 60 }), [410, 'token_expired']],
  ['not valid yet', () => ({ nbf: seconds() + 600 }), [403, 'token_not_yet_valid']],
  ['without an end', () => ({ exp: undefined }), [401, 'invalid_token']],
  ['without a time of issue', () => ({ iat: undefined }), [401, 'invalid_token']],
  ['issued long ago, though its end lies ahead', () => ({ iat: seconds() - 8 * 24 * 3600 }), [410, 'token_expired']],
  ['issued in the future', () => ({ iat: seconds() + 600 }), [401, 'invalid_token']],
  ['for another audience', () => ({ aud: 'session' }), [401, 'invalid_token']],
  ['without an audience', () => ({ aud: undefined }), [401, 'invalid_token']],
  ['without a video', () => ({ sub: undefined }), [401, 'invalid_token']],
  ['for something that is no video', () => ({ sub: 'acc_00000000000000000000000000' }), [401, 'invalid_token']],
  ['for a video that is not there', () => ({ sub: deps.newId('video') }), [404, 'embed_not_found']],
  ['with a misspelt limit', () => ({ max_session: 1 }), [401, 'invalid_token']],
  ['with a limit of the wrong kind', () => ({ max_sessions: '1' }), [401, 'invalid_token']],
  ['A24: with a domain that would break out of a policy', () => ({ allowed_domains: ["x.com; script-src 'unsafe-inline'"] }), [401, 'invalid_token']],
  ['with a prefix that is none', () => ({ allowed_ips: ['10.1'] }), [401, 'invalid_token']],
])('A11: a token %s is refused', async (_, change, expected) => {
  expect(await verdict(await sign(hs, video.id, change()))).toEqual(expected)
})

test('A11: typ is ours alone, so a token signed for another use of the same key opens nothing', async () => {
  for (const typ of ['JWT', 'at+jwt', undefined]) expect(await verdict(await sign(ed, video.id, {}, { typ }))).toEqual(invalid)
})

test('A11: tokens of other classes are no embed tokens, and an embed token is no session', async () => {
  for (const cls of ['session', 'playback', 'ticket'] as const) expect(await verdict(await deps.tokens.sign(cls, { emb: video.embedToken }, 60))).toEqual(invalid)
  const token = await sign(hs, video.id)
  expect((await call('/api/v1/me', { headers: { Authorization: `Bearer ${token}` } })).status).toBe(401)
  expect((await call(`/p/${token}/master.m3u8`)).status).toBe(401)
})

test('a key signs for its own account’s videos only, and another account can neither see, rotate nor revoke it', async () => {
  const other = await tenant()
  const theirs = await videoOf(other)
  expect(await verdict(await sign(hs, theirs.id))).toEqual([404, 'embed_not_found'])
  const token = await sign(hs, video.id)
  const code = async (answer: Response) => [answer.status, (await answer.json<{ code: string }>()).code]
  expect(await code(await post('/api/v1/embed-tokens/revoke', { embed_token: token }, { key: other.key }))).toEqual([404, 'embed_token_not_found'])
  expect(await code(await post(`/api/v1/signing-keys/${hs.id}/rotate`, {}, { key: other.key }))).toEqual([404, 'signing_key_not_found'])
  expect(await code(await call(`/api/v1/signing-keys/${hs.id}`, { method: 'DELETE', key: other.key }))).toEqual([404, 'signing_key_not_found'])
  expect(await verdict(token)).toEqual([200, 'good'])
})

test('a secret or private key is shown once and kept nowhere readable', async () => {
  const made = await signingKey(mine, { algorithm: 'HS256' })
  expect(base64url.decode(made.secret ?? '').length).toBe(32)
  expect(ed.private_key).toContain('BEGIN PRIVATE KEY')
  const listed = await (await call('/api/v1/signing-keys', { key: mine.key })).text()
  expect(listed).toContain(made.id)
  expect(listed).not.toMatch(/secret|private/i)
  expect((await deps.signingKeys.findAny(made.id as never))?.sealedSecret).not.toContain(made.secret)
})

test('an uploaded public key, PEM or JWK, verifies what its own private half signs; anything else is refused', async () => {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
  const jwk = await exportJWK(publicKey)
  for (const text of [await exportSPKI(publicKey), JSON.stringify(jwk)]) {
    const key = await signingKey(mine, { public_key: text })
    expect([key.secret, key.private_key]).toEqual([null, null])
    const token = await new SignJWT(claims()).setProtectedHeader({ alg: 'EdDSA', typ: 'avocet-embed+jwt', kid: key.id }).sign(privateKey)
    expect(await verdict(token)).toEqual([200, 'good'])
  }
  const rsa = await exportSPKI((await generateKeyPair('RS256', { extractable: true })).publicKey)
  for (const text of ['', 'x', rsa, JSON.stringify({ kty: 'oct', k: 'AAAA' }), JSON.stringify({ ...jwk, x: 'AAAA' }), JSON.stringify(await exportJWK(privateKey))]) {
    const refused = await post('/api/v1/signing-keys', { name: 'x', public_key: text }, { key: mine.key })
    expect([refused.status, (await refused.json<{ code: string }>()).code]).toEqual([400, 'invalid_public_key'])
  }
  expect((await post('/api/v1/signing-keys', { name: 'x', algorithm: 'RS256' }, { key: mine.key })).status).toBe(400)
  expect((await post('/api/v1/signing-keys', { name: 'x', algorithm: 'HS256', public_key: JSON.stringify(jwk) }, { key: mine.key })).status).toBe(400)
})

test('rotation: old and new key verify during the overlap, the old one not after it, and it rotates once', async () => {
  const old = await signingKey(mine)
  const token = await sign(old, video.id)
  const next = await (await post(`/api/v1/signing-keys/${old.id}/rotate`, { overlap_seconds: 1 }, { key: mine.key })).json<SigningKey & { previous_retires_at: string }>()
  expect(await verdict(token)).toEqual([200, 'good'])
  expect(await verdict(await sign(next, video.id))).toEqual([200, 'good'])
  expect((await post(`/api/v1/signing-keys/${old.id}/rotate`, {}, { key: mine.key })).status).toBe(409)
  await expect.poll(() => verdict(token), { timeout: 5_000 }).toEqual([410, 'token_revoked'])
  expect(await verdict(await sign(next, video.id))).toEqual([200, 'good'])
})

test('A21: a revoked key voids all its tokens at once and those of no other key', async () => {
  const key = await signingKey(mine)
  const tokens = [await sign(key, video.id), await sign(key, video.id, { viewer_id: 'student-8' })]
  for (const token of tokens) expect(await verdict(token)).toEqual([200, 'good'])
  expect((await call(`/api/v1/signing-keys/${key.id}`, { method: 'DELETE', key: mine.key })).status).toBe(204)
  for (const token of tokens) expect(await verdict(token)).toEqual([410, 'token_revoked'])
  expect(await verdict(await sign(ed, video.id))).toEqual([200, 'good'])
})

test('a signed token plays a private video, and stops when the video is deleted', async () => {
  const hidden = await videoOf(mine)
  await call(`/api/v1/videos/${hidden.id}`, { method: 'PUT', key: mine.key, body: JSON.stringify({ visibility: 'private' }) })
  const token = await sign(ed, hidden.id)
  expect(await verdict(token)).toEqual([200, 'good'])
  await call(`/api/v1/videos/${hidden.id}`, { method: 'DELETE', key: mine.key })
  expect(await verdict(token)).toEqual([404, 'embed_not_found'])
})
