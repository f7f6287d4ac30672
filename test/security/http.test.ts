/** Attacks on credentials, headers and addresses, by their numbers. */
import { beforeAll, expect, test } from 'vitest'
import { app } from '../../worker/src/app.ts'
import { call, deps, ORIGIN, post, type Tenant, tenant, videoOf } from '../support/site.ts'
import { targets } from './support/callers.ts'

let mine: Tenant
beforeAll(async () => {
  mine = await tenant()
})
const refusal = async (answer: Response) => [answer.status, (await answer.json<{ code: string }>()).code]
const upper = (key: string) => `avc_${key.slice(4).toUpperCase()}`

test('A06: a key in an address is told to no one: nothing caches the answer, no referrer leaves, no error repeats it, and an account can switch it off', async () => {
  for (const path of ['/api/v1/videos', '/api/v1/nothing', '/api/v1/videos/x', '/watch/x', '/api/v1/videos?per_page=x']) {
    const answer = await call(`${path}${path.includes('?') ? '&' : '?'}api_key=${mine.key}`)
    expect([path, answer.headers.get('Referrer-Policy')]).toEqual([path, 'no-referrer'])
    expect([path, answer.headers.get('Cache-Control')]).toEqual([path, 'no-store'])
    expect((await answer.text()) + JSON.stringify([...answer.headers])).not.toContain(mine.key)
  }
  const [owner, editor] = [await tenant(), await tenant({ scopes: ['videos:write'] })]
  const settings = (key: string, api_key_in_query: boolean) => call('/api/v1/settings', { method: 'PUT', key, body: JSON.stringify({ api_key_in_query }) })
  const inAddress = async () => (await call(`/api/v1/videos?api_key=${owner.key}`)).status
  expect([await inAddress(), (await settings(editor.key, false)).status]).toEqual([200, 403])
  expect(await (await settings(owner.key, false)).json()).toMatchObject({ api_key_in_query: false })
  await expect.poll(inAddress, { timeout: 20_000, interval: 500 }).toBe(401)
  expect((await call('/api/v1/videos', { key: owner.key })).status).toBe(200)
})

test('A07: two credentials are refused, whoever they belong to', async () => {
  const other = await tenant()
  const pairs: [string, Record<string, string>][] = [
    ['', { 'X-API-Key': mine.key, Authorization: `Bearer ${other.key}` }],
    [`?api_key=${other.key}`, { 'X-API-Key': mine.key }],
    [`?api_key=${other.key}`, { Authorization: `Bearer ${mine.key}` }],
  ]
  for (const [query, headers] of pairs) expect(await refusal(await call(`/api/v1/videos${query}`, { headers }))).toEqual([400, 'ambiguous_credentials'])
})

test('A08: a key is exactly itself: twice, in capitals, with spaces, longer or shorter it is none, and each is told the same', async () => {
  const known = `avc_${'0'.repeat(64)}`
  const bodies = new Set<string>()
  for (const key of [`${mine.key}, ${mine.key}`, upper(mine.key), `${mine.key}0`, mine.key.slice(0, -1), `x${mine.key}`, mine.key.slice(4), known, 'avc_', '*', "' OR 1=1--", `${mine.key}\t.`]) {
    const answer = await call('/api/v1/videos', { headers: { 'X-API-Key': key } })
    const { request_id: _, ...said } = await answer.json<Record<string, unknown>>()
    bodies.add(JSON.stringify([answer.status, said]))
  }
  const twice = new Headers([['X-API-Key', mine.key], ['X-API-Key', known]])
  expect((await call('/api/v1/videos', { headers: twice })).status).toBe(401)
  expect([...bodies]).toEqual([JSON.stringify([401, { error: 'The API key is not valid.', code: 'invalid_api_key' }])])
})

test('A12: a session ends with its user’s next password, also where it is remembered', async () => {
  const passwordHash = await deps.passwords.hash('correct horse battery')
  const user = { id: deps.newId('user'), accountId: mine.accountId, email: 'a12@people.example', name: '', passwordHash, role: 'owner' as const, siteAdmin: false, sessionVersion: 1, createdAt: 0 }
  await deps.commit([deps.users.add(user)])
  const login = async (password: string) => (await (await post('/api/auth/login', { email: user.email, password })).json<{ token: string }>()).token
  const old = await login('correct horse battery')
  const me = async (token: string) => (await call('/api/auth/me', { headers: { Authorization: `Bearer ${token}` } })).status
  expect(await me(old)).toBe(200)
  await post('/api/auth/change-password', { current_password: 'correct horse battery', new_password: 'another horse battery' }, { headers: { Authorization: `Bearer ${old}` } })
  expect([await me(old), await me(await login('another horse battery'))]).toEqual([401, 200])
})

test('A15: a password is taken as it is, blanks and all; one of more than 1024 bytes is refused before it costs anything', async () => {
  const password = ` ${'pässwörd '.repeat(8)}`
  const hash = await deps.passwords.hash(password)
  expect(await deps.passwords.verify(password, hash)).toBe(true)
  for (const other of [password.trim(), password.slice(0, 64), password.normalize('NFD'), password.toLowerCase().replace('ä', 'a')]) expect(await deps.passwords.verify(other, hash)).toBe(false)
  const session = { Authorization: `Bearer ${await deps.tokens.sign('session', { sub: await someone(hash), ver: 1 }, 60)}` }
  const change = (wish: string) => post('/api/auth/change-password', { current_password: password, new_password: wish }, { headers: session })
  for (const wish of ['1234567', 'ü'.repeat(600), 'x'.repeat(4096)]) expect(await refusal(await change(wish))).toEqual([400, 'invalid_password'])
  expect((await change('x'.repeat(100_000))).status).toBe(413)
})
async function someone(passwordHash: string) {
  const id = deps.newId('user')
  await deps.commit([deps.users.add({ id, accountId: mine.accountId, email: `${id}@people.example`, name: '', passwordHash, role: 'viewer', siteAdmin: false, sessionVersion: 1, createdAt: 0 })])
  return id
}

test('A16: no cookie is a credential anywhere, and none is set: another site’s form has nothing to ride on', async () => {
  const session = await deps.tokens.sign('session', { sub: await someone('$x'), ver: 1 }, 60)
  const cookie = ['session', 'token', '__Host-session', 'avocet', 'Authorization', 'X-API-Key'].map((name) => `${name}=${session}`).join('; ')
  for (const { path, route } of targets.filter((target) => target.route.needs !== 'public' && !target.path.includes(':'))) {
    const answer = await call(path, { method: route.method, headers: { Cookie: cookie, Origin: 'https://evil.example', 'Content-Type': 'text/plain' }, ...(route.method === 'GET' ? {} : { body: '{}' }) })
    expect([path, answer.status, answer.headers.get('Set-Cookie')]).toEqual([path, 401, null])
  }
})

test('A17: what needs a credential is readable by no other origin’s scripts unless a surface says so, and never with cookies', async () => {
  const video = await videoOf(mine)
  for (const Origin of ['https://evil.example', 'null', `${ORIGIN}.evil.example`, 'http://evil-avocet.test', ORIGIN.toUpperCase()]) {
    for (const path of ['/api/v1/videos', '/api/v1/me', '/api/auth/me', '/agent/v1/agents', `/watch/${video.embedToken}`]) {
      const answer = await call(path, { headers: { Origin, 'X-API-Key': mine.key } })
      const preflight = await call(path, { method: 'OPTIONS', headers: { Origin, 'Access-Control-Request-Method': 'GET', 'Access-Control-Request-Headers': 'x-api-key' } })
      for (const { headers } of [answer, preflight]) expect([path, headers.get('Access-Control-Allow-Origin'), headers.get('Access-Control-Allow-Credentials')]).toEqual([path, null, null])
    }
    for (const path of [`/api/v1/embed/${video.embedToken}`, '/p/x/master.m3u8']) {
      const { headers } = await call(path, { headers: { Origin } })
      expect([headers.get('Access-Control-Allow-Origin'), headers.get('Access-Control-Allow-Credentials')]).toEqual(['*', null])
    }
  }
})

test('A19: without Referer and Origin a video with a domain list stays shut, unless its owner lets such viewers in', async () => {
  const video = await videoOf(mine)
  const change = (body: object) => call(`/api/v1/videos/${video.id}`, { method: 'PUT', key: mine.key, body: JSON.stringify(body) })
  await change({ allowed_domains: ['school.edu'] })
  for (const headers of [{}, { Referer: '' }, { Referer: 'about:blank' }, { Referer: 'null' }] as Record<string, string>[]) expect((await call(`/watch/${video.embedToken}`, { headers })).status).toBe(403)
  for (const Origin of [undefined, 'null']) expect((await call(`/api/stream/${video.embedToken}/token`, Origin ? { headers: { Origin } } : {})).status).toBe(403)
  await change({ allow_no_referrer: true })
  expect((await call(`/watch/${video.embedToken}`)).status).toBe(200)
})

test('A24: what would break out of a policy is no domain, and the policy that is sent holds parsed hosts alone', async () => {
  const video = await videoOf(mine)
  const change = (allowed_domains: string[]) => call(`/api/v1/videos/${video.id}`, { method: 'PUT', key: mine.key, body: JSON.stringify({ allowed_domains }) })
  for (const text of ["x.com; script-src 'unsafe-inline'", "'unsafe-inline'", 'x.com\r\nSet-Cookie: a=b', '*', 'javascript:alert(1)', 'data:', 'https:', 'x.com,y.com', 'x.com y.com', '\u0000.com']) {
    const answer = await change([text])
    expect([text, answer.status]).toEqual([text, 400])
  }
  await change(['MÜNCHEN.de', 'school.edu:8443'])
  const page = await call(`/watch/${video.embedToken}`, { headers: { Referer: 'https://xn--mnchen-3ya.de/' } })
  expect(page.headers.get('Content-Security-Policy')).toMatch(/frame-ancestors http:\/\/avocet\.test xn--mnchen-3ya\.de school\.edu:8443$/)
})

test('A30: a name or title of a person never becomes part of a header', async () => {
  const hostile = 'a"; filename="x.exe\r\nSet-Cookie: x=1\u2028\u202E.mp4'
  const video = await videoOf(mine, { title: hostile.replace('.mp4', '') })
  for (const path of [`/watch/${video.embedToken}`, `/api/v1/videos/${video.id}`, `/api/v1/embed/${video.embedToken}`, `/oembed?url=${encodeURIComponent(`${ORIGIN}/watch/${video.embedToken}`)}`]) {
    const { headers, status } = await call(path, { key: path.includes('/videos/') ? mine.key : undefined } as never)
    expect([path, status, headers.get('Set-Cookie'), JSON.stringify([...headers]).includes('x.exe')]).toEqual([path, 200, null, false])
  }
})

test('A32: links are made of the configured origin, whatever a client says of its own', async () => {
  const video = await videoOf(mine)
  const forged = { 'X-Forwarded-Host': 'evil.example', 'X-Forwarded-Proto': 'https', Forwarded: 'host=evil.example', 'X-Original-URL': '/api/v1/me', 'X-Rewrite-URL': '/api/v1/me', 'X-Host': 'evil.example' }
  for (const path of [`/api/v1/videos/${video.id}`, '/api/v1/videos']) {
    const plain = await (await call(path, { key: mine.key })).text()
    expect(await (await call(path, { key: mine.key, headers: forged })).text()).toBe(plain)
    expect(await (await call(`http://evil.example${path}`, { key: mine.key })).text()).toBe(plain)
  }
})

test('A35: sorting, paging and searching take words of their own only', async () => {
  for (const query of ['sort=title;DROP TABLE videos', 'sort=account_id', 'sort=(select 1)', 'page=-1', 'page=1e99', 'per_page=101', 'status=%27', `search=${'x'.repeat(201)}`]) {
    expect([query, (await call(`/api/v1/videos?${query}`, { key: mine.key })).status]).toEqual([query, 400])
  }
  expect(await (await call('/api/v1/videos?page=1000000&per_page=100', { key: mine.key })).json()).toMatchObject({ data: [] })
  for (const search of ['%', '%%%%%%%%', '_', '\\', `${'%_'.repeat(60)}`, "'; --", '[a-z]*']) {
    const answer = await call(`/api/v1/videos?search=${encodeURIComponent(search)}`, { key: (await tenant()).key })
    expect([search, answer.status, (await answer.json<{ data: unknown[] }>()).data]).toEqual([search, 200, []])
  }
})

test('A39: nothing private is ever kept by a cache, under whatever name it is asked for', async () => {
  const video = await videoOf(mine)
  for (const path of ['/api/v1/videos', `/api/v1/videos/${video.id}`, '/api/v1/me', '/api/v1/stats']) expect((await call(path, { key: mine.key })).headers.get('Cache-Control')).toBe('no-store')
  for (const ending of ['.css', '.js', '/x.css', '%2Fx.css', ';x.css', '%3Bx.css', '%00.css', '/..%2fx.css']) {
    const answer = await call(`/api/v1/videos/${video.id}${ending}`, { key: mine.key })
    expect([ending, answer.status, answer.headers.get('Cache-Control')]).toEqual([ending, 404, 'no-store'])
  }
  for (const headers of [{ 'X-Forwarded-Host': 'evil.example' }, { 'X-Forwarded-Scheme': 'http' }, { 'X-HTTP-Method-Override': 'POST' }] as Record<string, string>[])
    expect(await (await call(`/watch/${video.embedToken}`, { headers })).text()).not.toContain('evil.example')
})

test('A44: ids say nothing of each other beyond their time: 74 random bits each, and tokens 128', async () => {
  const made = Array.from({ length: 2_000 }, () => deps.newId('video'))
  expect(new Set(made.map((id) => id.slice(-14))).size).toBe(2_000)
  const tokens = new Set(await Promise.all(Array.from({ length: 50 }, async () => (await videoOf(mine)).embedToken)))
  expect([tokens.size, [...tokens].every((token) => /^[0-9a-f]{32}$/.test(token))]).toEqual([50, true])
})

test('A47: the app serves the route table, and beside it exactly these', () => {
  const beside = app.routes.filter(({ path, method }) => !(method === 'ALL' && path === '/*')).map(({ method, path }) => `${method} ${path}`)
  const prefixes = [...new Set(beside)].filter((one) => !/^ALL \/[\w/-]+\/\*$/.test(one))
  expect(prefixes.sort()).toEqual(['ALL /watch', 'GET /', 'GET /api/v1/openapi.json', 'GET /api/v1/reference', 'GET /healthz'])
})
