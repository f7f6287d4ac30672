import { expect, test } from 'vitest'
import { call, deps, post } from '../../support/site.ts'

const OPERATOR = { Authorization: 'Bearer operator-token-for-tests-0123456789abcdef' }
const ADMIN = { email: 'Admin@Example.com', password: 'correct horse battery' }
const code = async (answer: Response) => [answer.status, (await answer.json<{ code?: string }>()).code]

test('A12: the whole way in: bootstrap once, claim once, log in, change the password', async () => {
  expect(await code(await call('/api/auth/bootstrap', { method: 'POST' }))).toEqual([401, 'invalid_operator_token'])
  const boot = await call('/api/auth/bootstrap', { method: 'POST', headers: OPERATOR })
  expect(boot.status).toBe(201)
  const { api_key, account_id } = await boot.json<{ api_key: string; account_id: string }>()
  expect((await call('/api/v1/videos', { key: api_key })).status).toBe(200)
  expect(await code(await call('/api/auth/bootstrap', { method: 'POST', headers: OPERATOR }))).toEqual([409, 'already_bootstrapped'])

  expect(await code(await post('/api/auth/setup', { ...ADMIN, code: 'wrong' }))).toEqual([403, 'invalid_setup_code'])
  expect(await code(await post('/api/auth/setup', { ...ADMIN, password: 'short', code: 'setup-code-for-tests' }))).toEqual([400, 'invalid_password'])
  const claimed = await post('/api/auth/setup', { ...ADMIN, code: 'setup-code-for-tests' })
  expect(claimed.status).toBe(201)
  expect(await claimed.json()).toMatchObject({ user: { account_id, email: 'admin@example.com', role: 'owner', site_admin: true } })
  expect(await code(await post('/api/auth/setup', { ...ADMIN, email: 'b@example.com', code: 'setup-code-for-tests' }))).toEqual([409, 'already_claimed'])

  expect(await code(await post('/api/auth/login', { ...ADMIN, password: 'wrong password' }))).toEqual([401, 'invalid_credentials'])
  expect(await code(await post('/api/auth/login', { ...ADMIN, email: 'nobody@example.com' }))).toEqual([401, 'invalid_credentials'])
  const { token } = await (await post('/api/auth/login', ADMIN)).json<{ token: string }>()
  const session = { Authorization: `Bearer ${token}` }
  expect(await (await call('/api/auth/me', { headers: session })).json()).toMatchObject({ email: 'admin@example.com' })
  expect((await call('/api/v1/videos', { headers: session })).status).toBe(200)

  const change = (current_password: string) => call('/api/auth/change-password', { method: 'POST', headers: session, body: JSON.stringify({ current_password, new_password: ' a new one ' }) })
  expect(await code(await change('wrong'))).toEqual([403, 'invalid_credentials'])
  expect((await change(ADMIN.password)).status).toBe(200)
  expect(await code(await call('/api/auth/me', { headers: session }))).toEqual([401, 'invalid_token'])
  expect((await post('/api/auth/login', { email: ADMIN.email, password: ' a new one ' })).status).toBe(200)
})

test('A10, A11: a token of another class, a forged one and an unsigned one are no session', async () => {
  const playback = await deps.tokens.sign('playback', { sub: 'usr_x', ver: 1 }, 60)
  const unsigned = `${btoa('{"alg":"none"}')}.${btoa('{"sub":"usr_x","aud":"session","exp":9999999999}')}.`
  for (const token of [playback, unsigned, 'rubbish']) {
    const answer = await call('/api/auth/me', { headers: { Authorization: `Bearer ${token}` } })
    expect(await code(answer)).toEqual([401, 'invalid_token'])
  }
})
