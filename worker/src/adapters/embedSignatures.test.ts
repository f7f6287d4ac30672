import { base64url, exportJWK, exportSPKI, generateKeyPair, importPKCS8, SignJWT } from 'jose'
import { expect, test } from 'vitest'
import type { SigningKey } from '../domain/signingKeys/signingKey.ts'
import { embedSignatures } from './embedSignatures.ts'

let clock = 1_800_000_000_000
const seals = { seal: async (text: string) => `sealed ${text}`, open: async (text: string) => text.replace('sealed ', '') }
const signatures = embedSignatures(seals, () => clock)
const secret = crypto.getRandomValues(new Uint8Array(32))
const hs = { id: 'sgk_h', algorithm: 'HS256', publicKey: null, sealedSecret: `sealed ${base64url.encode(secret)}` } as unknown as SigningKey
const seconds = () => Math.floor(clock / 1000)
const claims = () => ({ sub: 'vid_1', aud: 'avocet-embed', iat: seconds(), exp: seconds() + 600 })
const signed = (change: Record<string, unknown> = {}, header: Record<string, unknown> = {}, key: Parameters<SignJWT['sign']>[0] = secret) =>
  new SignJWT(JSON.parse(JSON.stringify({ ...claims(), ...change })) as Record<string, unknown>).setProtectedHeader({ alg: 'HS256', typ: 'avocet-embed+jwt', kid: 'sgk_h', ...header } as never).sign(key)
const verdict = async (token: string, key = hs) => signatures.verify(token, key)

test('a token names its key; what is none names none', async () => {
  expect(signatures.keyIdOf(await signed())).toBe('sgk_h')
  expect(signatures.keyIdOf(await signed({}, { kid: undefined }))).toBeNull()
  for (const text of ['', 'x', 'a.b.c', '{}']) expect(signatures.keyIdOf(text)).toBeNull()
})

test('a good token gives its claims, by secret and by a pair made here', async () => {
  expect(await verdict(await signed({ viewer_id: 'a' }))).toEqual({ state: 'good', claims: { ...claims(), viewer_id: 'a' } })
  const { publicKey, privateKey } = await signatures.generatePair()
  const ed = { id: 'sgk_e', algorithm: 'EdDSA', publicKey, sealedSecret: null } as unknown as SigningKey
  expect(privateKey).toContain('BEGIN PRIVATE KEY')
  expect(JSON.parse(publicKey)).toMatchObject({ kty: 'OKP', crv: 'Ed25519' })
  const token = await signed({}, { alg: 'EdDSA' }, await importPKCS8(privateKey, 'EdDSA'))
  expect(await verdict(token, ed)).toMatchObject({ state: 'good' })
  expect(await verdict(token)).toMatchObject({ state: 'invalid' })
  expect(await verdict(await signed(), ed)).toMatchObject({ state: 'invalid' })
})

test('A11: half a minute of clock is forgiven, no more', async () => {
  expect([(await verdict(await signed({ exp: seconds() - 29 }))).state, (await verdict(await signed({ exp: seconds() - 31 }))).state]).toEqual(['good', 'expired'])
  expect([(await verdict(await signed({ nbf: seconds() + 29 }))).state, (await verdict(await signed({ nbf: seconds() + 31 }))).state]).toEqual(['good', 'early'])
  expect([(await verdict(await signed({ iat: seconds() - 7 * 86_400 + 30 }))).state, (await verdict(await signed({ iat: seconds() - 7 * 86_400 - 60 }))).state]).toEqual(['good', 'expired'])
})

test.each<[string, Record<string, unknown>, Record<string, unknown>, string]>([
  ['another audience', { aud: 'x' }, {}, 'its aud is missing or not what it must be'],
  ['no audience', { aud: undefined }, {}, 'its aud is missing or not what it must be'],
  ['no subject', { sub: undefined }, {}, 'its sub is missing or not what it must be'],
  ['no end', { exp: undefined }, {}, 'its exp is missing or not what it must be'],
  ['no time of issue', { iat: undefined }, {}, 'its iat is missing or not what it must be'],
  ['a time that is none', { nbf: 'soon' }, {}, 'its nbf is missing or not what it must be'],
  ['another type', {}, { typ: 'JWT' }, 'its typ is missing or not what it must be'],
  ['a key it brings along', {}, { jwk: { kty: 'oct', k: 'AAAA' } }, 'its header may not say jwk'],
  ['an address of keys', {}, { jku: 'https://evil.example' }, 'its header may not say jku'],
])('A10, A11: a token with %s is invalid, and says why', async (_, change, header, why) => {
  expect(await verdict(await signed(change, header))).toEqual({ state: 'invalid', why })
})

test('A10: another secret, algorithm or byte is no signature', async () => {
  const why = 'its signature does not hold'
  expect(await verdict(await signed({}, {}, crypto.getRandomValues(new Uint8Array(32))))).toEqual({ state: 'invalid', why })
  expect(await verdict(await signed({}, { alg: 'HS512' }))).toEqual({ state: 'invalid', why })
  expect(await verdict(`${(await signed()).slice(0, -3)}AAA`)).toEqual({ state: 'invalid', why })
  expect(await verdict('x')).toEqual({ state: 'invalid', why })
})

test('a public key is taken as PEM or JWK, written plainly; private, foreign, cut and strange ones are not', async () => {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
  const jwk = await exportJWK(publicKey)
  const plain = JSON.stringify({ kty: 'OKP', crv: 'Ed25519', x: jwk.x })
  const pem = await exportSPKI(publicKey)
  for (const text of [pem, `\n ${pem}\n`, JSON.stringify(jwk), ` ${JSON.stringify({ ...jwk, kid: 'x', use: 'sig' })} `]) expect(await signatures.importPublicKey(text)).toBe(plain)
  const x448 = pem.replace('MCowBQYDK2VwAyEA', 'MCowBQYDK2VuAyEA')
  const wrong = ['', 'x', '{', '{}', x448, pem.replace('BEGIN', 'START'), `x${pem}`, `${pem}x`, JSON.stringify(await exportJWK(privateKey)), JSON.stringify({ ...jwk, kty: 'EC' }), JSON.stringify({ ...jwk, crv: 'X25519' }), JSON.stringify({ ...jwk, x: 'AAAA' }), JSON.stringify({ kty: 'OKP', crv: 'Ed25519' })]
  for (const text of wrong) expect([text, await signatures.importPublicKey(text)]).toEqual([text, null])
})
