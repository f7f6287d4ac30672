import { base64url, SignJWT } from 'jose'
import { expect, test } from 'vitest'
import type { TokenClass } from '../domain/platform.ts'
import { tokenSigner } from './tokens.ts'

const CLASSES: TokenClass[] = ['session', 'device', 'playback', 'ticket']
let clock = 1_800_000_000_500
const now = () => clock
const signer = tokenSigner('a secret of thirty-two characters!', undefined, now)

test('a token says what was signed, with its class, time of issue and end in whole seconds', async () => {
  const token = await signer.sign('playback', { sub: 'vid_1' }, 60)
  expect(await signer.verify('playback', token)).toEqual({ sub: 'vid_1', aud: 'playback', iat: 1_800_000_000, exp: 1_800_000_060 })
  expect(JSON.parse(new TextDecoder().decode(base64url.decode(token.split('.')[0]!)))).toEqual({ alg: 'HS256', typ: 'avocet-playback' })
})

test('a token of one class is none of another, in every pair', async () => {
  for (const cls of CLASSES) {
    const token = await signer.sign(cls, {}, 60)
    for (const other of CLASSES) expect([cls, other, (await signer.verify(other, token)) !== null]).toEqual([cls, other, cls === other])
  }
})

test('a token ends on the second, or so much later as is asked for', async () => {
  const token = await signer.sign('ticket', {}, 60)
  const at = async (seconds: number, leeway?: number) => {
    clock += seconds * 1000
    const good = (await signer.verify('ticket', token, leeway)) !== null
    clock -= seconds * 1000
    return good
  }
  expect([await at(59), await at(60), await at(61), await at(69, 10), await at(71, 10)]).toEqual([true, false, false, true, false])
})

test('the secret before still verifies, and never signs; a strange one does neither', async () => {
  const [before, after, strange] = [tokenSigner('the secret of last year, 32 chars', undefined, now), tokenSigner('the secret of this year, 32 chars', 'the secret of last year, 32 chars', now), tokenSigner('somebody else’s secret of 32 chars', undefined, now)]
  const old = await before.sign('session', { sub: 'u' }, 60)
  expect(await after.verify('session', old)).toMatchObject({ sub: 'u' })
  expect(await before.verify('session', await after.sign('session', {}, 60))).toBeNull()
  expect(await after.verify('session', await strange.sign('session', {}, 60))).toBeNull()
})

/** The key of a class, derived here as HKDF says (RFC 5869), apart from the code. */
async function keyOf(cls: string, secret = 'a secret of thirty-two characters!') {
  const encoder = new TextEncoder()
  const base = await crypto.subtle.importKey('raw', encoder.encode(secret), 'HKDF', false, ['deriveBits'])
  return new Uint8Array(await crypto.subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: encoder.encode(`avocet token ${cls}`) }, base, 256))
}
const seconds = () => Math.floor(clock / 1000)

test('the key of a class is HKDF-SHA256 of the secret with the class in its info: other sites and releases verify the same', async () => {
  const token = await new SignJWT({ sub: 'x' }).setProtectedHeader({ alg: 'HS256', typ: 'avocet-session' }).setAudience('session').setIssuedAt(seconds()).setExpirationTime(seconds() + 60).sign(await keyOf('session'))
  // A signer that has derived no key yet.
  expect(await tokenSigner('a secret of thirty-two characters!', undefined, now).verify('session', token)).toMatchObject({ sub: 'x' })
})

test('A10, A11: with the right key, another algorithm, type or audience is refused, and so is a token without end or time of issue', async () => {
  const key = await keyOf('session')
  const make = (alg: string, typ: string, change: (token: SignJWT) => SignJWT) =>
    change(new SignJWT({}).setProtectedHeader({ alg, typ }).setAudience('session').setIssuedAt(seconds()).setExpirationTime(seconds() + 60)).sign(key)
  expect(await signer.verify('session', await make('HS256', 'avocet-session', (token) => token))).not.toBeNull()
  const wrong = [
    make('HS384', 'avocet-session', (token) => token),
    make('HS512', 'avocet-session', (token) => token),
    make('HS256', 'JWT', (token) => token),
    make('HS256', 'avocet-session', (token) => token.setAudience('playback')),
    new SignJWT({}).setProtectedHeader({ alg: 'HS256', typ: 'avocet-session' }).setAudience('session').setIssuedAt(seconds()).sign(key),
    new SignJWT({}).setProtectedHeader({ alg: 'HS256', typ: 'avocet-session' }).setAudience('session').setExpirationTime(seconds() + 60).sign(key),
    new SignJWT({ exp: seconds() + 60, iat: seconds() }).setProtectedHeader({ alg: 'HS256', typ: 'avocet-session' }).sign(key),
  ]
  for (const token of wrong) expect(await signer.verify('session', await token)).toBeNull()
  const none = [{ alg: 'none', typ: 'avocet-session' }, { aud: 'session', iat: seconds(), exp: seconds() + 60 }].map((part) => base64url.encode(JSON.stringify(part))).join('.')
  for (const token of [`${none}.`, `${none}.AAAA`, '', 'x', '..']) expect(await signer.verify('session', token)).toBeNull()
})
