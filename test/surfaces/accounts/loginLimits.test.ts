import { evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, expect, test } from 'vitest'
import { login as logIn } from '../../../worker/src/domain/accounts/login.ts'
import type { Env } from '../../../worker/src/env.ts'
import { call, deps, post, tenant } from '../../support/site.ts'

const { RATE_LIMITER } = env as unknown as Env
const PASSWORD = 'correct horse battery'
let passwordHash: string
let addresses = 0

/** A fresh user of a fresh account. */
async function person(): Promise<string> {
  const { accountId } = await tenant()
  const email = `${deps.crypto.randomHex(6)}@people.example`
  await deps.commit([
    deps.users.add({ id: deps.newId('user'), accountId, email, name: '', passwordHash, role: 'owner', siteAdmin: false, sessionVersion: 1, createdAt: 0 }),
  ])
  return email
}
const freshAddress = () => {
  addresses += 1
  return `198.51.100.${addresses}`
}
const login = (email: string, password: string, { from = freshAddress(), device }: { from?: string; device?: string } = {}) =>
  post('/api/auth/login', { email, password, ...(device ? { device_token: device } : {}) }, { headers: { 'CF-Connecting-IP': from } })
const codes = async (count: number, run: () => Promise<Response>) => {
  const seen: string[] = []
  for (let at = 0; at < count; at++) seen.push((await (await run()).json<{ code?: string }>()).code ?? 'in')
  return seen
}

beforeAll(async () => {
  passwordHash = await deps.passwords.hash(PASSWORD)
})

test('A13: from many addresses ten guesses at one account in ten minutes, whether it exists or not', async () => {
  for (const email of [await person(), 'nobody@people.example']) {
    const seen = await codes(12, () => login(email, 'a wrong guess'))
    expect([email, seen]).toEqual([email, [...Array(10).fill('invalid_credentials'), 'rate_limited', 'rate_limited']])
    const refused = await login(email.toUpperCase(), PASSWORD)
    const wait = Number(refused.headers.get('Retry-After'))
    expect([refused.status, wait > 540 && wait <= 600]).toEqual([429, true])
  }
})

test('A13: while strangers guess, the right password from a known device works, and its wrong ones are counted apart', async () => {
  const email = await person()
  const { device_token } = await (await login(email, PASSWORD)).json<{ device_token: string }>()
  await codes(11, () => login(email, 'a wrong guess'))
  expect((await login(email, PASSWORD)).status).toBe(429)
  const known = await login(email, PASSWORD, { device: device_token })
  expect(known.status).toBe(200)
  const renewed = (await known.json<{ device_token: string }>()).device_token
  const seen = await codes(10, () => login(email, 'a wrong guess', { device: renewed }))
  expect(seen).toEqual([...Array(9).fill('invalid_credentials'), 'rate_limited'])
})

test('A13: a device known to one account is a stranger to another, and to its own after a change of the password', async () => {
  const [email, other] = [await person(), await person()]
  const { device_token, token } = await (await login(email, PASSWORD)).json<{ device_token: string; token: string }>()
  await codes(10, () => login(other, 'a wrong guess'))
  for (const device of [device_token, token, 'rubbish']) expect((await login(other, PASSWORD, { device })).status).toBe(429)
  await codes(10, () => login(email, 'a wrong guess'))
  const changed = await call('/api/auth/change-password', { method: 'POST', headers: { Authorization: `Bearer ${token}` }, body: JSON.stringify({ current_password: PASSWORD, new_password: 'another horse battery' }) })
  const fresh = (await changed.json<{ device_token: string }>()).device_token
  expect((await login(email, 'another horse battery', { device: device_token })).status).toBe(429)
  expect((await login(email, 'another horse battery', { device: fresh })).status).toBe(200)
})

test('A13: one address may guess twenty times a minute, over all accounts, also after the limiter was evicted', async () => {
  const from = freshAddress()
  const guess = () => login(`${deps.crypto.randomHex(4)}@people.example`, 'a wrong guess', { from })
  expect(await codes(15, guess)).toEqual(Array(15).fill('invalid_credentials'))
  await evictDurableObject(RATE_LIMITER.get(RATE_LIMITER.idFromName(`address ${from}`)))
  expect(await codes(6, guess)).toEqual([...Array(5).fill('invalid_credentials'), 'rate_limited'])
  expect((await login(await person(), PASSWORD)).status).toBe(200)
})

test('the setup code and the current password cannot be tried without end', async () => {
  const from = freshAddress()
  const setup = () => post('/api/auth/setup', { code: 'a guess', email: 'a@b.example', password: PASSWORD }, { headers: { 'CF-Connecting-IP': from } })
  expect(await codes(21, setup)).toEqual([...Array(20).fill('invalid_setup_code'), 'rate_limited'])
  const { token } = await (await login(await person(), PASSWORD)).json<{ token: string }>()
  const change = () => call('/api/auth/change-password', { method: 'POST', headers: { Authorization: `Bearer ${token}` }, body: JSON.stringify({ current_password: 'a guess', new_password: PASSWORD }) })
  expect(await codes(11, change)).toEqual([...Array(10).fill('invalid_credentials'), 'rate_limited'])
})

test('A14: an unknown address and a wrong password say the same', async () => {
  const said = async (email: string) => {
    const answer = await login(email, 'a wrong guess')
    const { request_id: _, ...body } = await answer.json<Record<string, unknown>>()
    return [answer.status, body, [...answer.headers.keys()].sort()]
  }
  expect(await said('nobody-at-all@people.example')).toEqual(await said(await person()))
})

test('A14: an unknown address costs the one hash that a wrong password costs, over as much work', async () => {
  const costs = async (email: string) => {
    const asked: (string | null)[] = []
    const passwords = { ...deps.passwords, verify: (password: string, hash: string | null) => deps.passwords.verify(password, (asked.push(hash), hash)) }
    await expect(logIn({ ...deps, passwords }, { email, password: 'a wrong guess', deviceToken: null, address: freshAddress() })).rejects.toMatchObject({ details: { reason: 'invalid_credentials' } })
    return asked
  }
  expect([await costs('nobody-at-all@people.example'), await costs(await person())]).toEqual([[null], [passwordHash]])
  // Without a hash there is one all the same, of the same parameters: three times as quick would be none.
  const took = async (hash: string | null) => {
    const begun = performance.now()
    for (let time = 0; time < 4; time++) await deps.passwords.verify('a wrong guess', hash)
    return performance.now() - begun
  }
  expect(await took(null)).toBeGreaterThan((await took(passwordHash)) / 3)
})
