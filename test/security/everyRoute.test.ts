/**
 * Attacks on every route of every surface, made from the route values: a surface or a route added tomorrow is attacked tomorrow, and when
 * this file finds nothing of an owner's to attack it with, it fails (everything.ts says what an owner has).
 */
import fc from 'fast-check'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { SCOPES, type Scope } from '../../worker/src/domain/actor.ts'
import { enrol } from '../support/fleet.ts'
import { deps, post, type Tenant, tenant } from '../support/site.ts'
import { signingKey, sign } from '../support/signing.ts'
import { addressOf, type Answer, ask, busyTenant, isAccounts, named, OPERATOR_TOKEN, PARAMETER, prefixesOf, type Target, targets } from './support/callers.ts'
import { candidates, type Everything, everything } from './support/everything.ts'
import { fitting, jsonSchemaOf, leavesOf, withLeaf } from './support/fromSchema.ts'

const MARK = 'Zq7mark9owners'
let world: Everything
let stranger: Tenant
/** A host, and another one that holds none of the first one's jobs. */
let host: string
let before: Record<string, string[]>

beforeAll(async () => {
  host = (await enrol()).credential
  world = await everything(MARK)
  before = await world.rows()
}, 240_000)

// A fast machine asks more often in a minute than any key may: each test has a stranger of its own.
beforeEach(async () => {
  stranger = await busyTenant()
})

const secured = targets.filter(({ route }) => route.needs !== 'public')
const accounts = targets.filter(isAccounts)
const credentialFor = (target: Target, key: string): Record<string, string> => {
  if (target.route.needs === 'agent') return { Authorization: `Bearer ${host}` }
  if (target.route.needs === 'operator') return { Authorization: `Bearer ${OPERATOR_TOKEN}` }
  return target.route.needs === 'public' ? {} : world.present(target.surface, key)
}
/** Values for a route's parameters: those that fitted the owner, else the first of the owner's names that the schema and the path take. */
function paramsOf(target: Target): string[] {
  const shape = (target.route.input?.params as { shape?: Record<string, { safeParse(value: unknown): { success: boolean } }> } | undefined)?.shape ?? {}
  const found = [...target.path.matchAll(PARAMETER)].map(([, name = '', pattern]) => {
    if (pattern) return fc.sample(fc.stringMatching(new RegExp(`^${pattern.slice(1, -1)}$`)), { numRuns: 1, seed: 1 })[0]!
    return world.names.find((one) => shape[name]?.safeParse(one).success) ?? world.names[1]!
  })
  return world.values.get(target.name) ?? found
}
const bodyFor = (target: Target, seed = 1): unknown => {
  const schema = target.route.input?.body
  return schema ? fc.sample(fitting(jsonSchemaOf(schema)), { numRuns: 1, seed })[0] : undefined
}
/** The request a route asks for, with something in every place. */
function requestTo(target: Target, headers: Record<string, string>, body: unknown = bodyFor(target)): RequestInit {
  const { method, input } = target.route
  const streams = input?.streams !== undefined
  return {
    method,
    headers: { ...(streams ? { 'X-Chunk-Index': '0', 'X-Upload-ID': 'upl_none' } : {}), ...headers },
    ...(body !== undefined ? { body: JSON.stringify(body) } : streams ? { body: 'x' } : {}),
  }
}
const send = (target: Target, headers: Record<string, string>, body?: unknown) => ask(addressOf(target.path, paramsOf(target)), requestTo(target, headers, body))

test('the owner’s things reach every account route that reads: what follows attacks something', () => {
  const unreached = accounts.filter(({ route, name }) => route.method === 'GET' && !world.values.has(name) && route.needs !== 'signedIn')
  expect(unreached.map(({ name }) => name)).toEqual([])
})

/* Without a credential, with a wrong one */

test.each(named(secured))('A05: %s answers nobody without a credential', async (_, target) => {
  const { status, headers } = await send(target, {})
  expect(status).toBe(401)
  // Any origin's scripts may read only where a surface says so, and never with cookies.
  const open = target.surface.crossOrigin?.(target.path.replace(PARAMETER, 'x')) ? '*' : null
  expect(['Cache-Control', 'X-Content-Type-Options', 'Access-Control-Allow-Origin', 'Access-Control-Allow-Credentials'].map((name) => headers.get(name))).toEqual(['no-store', 'nosniff', open, null])
})

/** Every credential there is, by its class. */
async function credentials(): Promise<Record<string, string>> {
  const user = { id: deps.newId('user'), accountId: stranger.accountId, email: `${deps.newId('user')}@example.com`, name: '', passwordHash: '$x', role: 'owner' as const, siteAdmin: false, sessionVersion: 1, createdAt: 0 }
  await deps.commit([deps.users.add(user)])
  const about = { sub: user.id, acc: stranger.accountId, ver: 1, emb: 'x', sid: 'x', enc: deps.newId('encode'), typ: 'VOD', dev: 'x' }
  const [session, device, playback, ticket] = await Promise.all((['session', 'device', 'playback', 'ticket'] as const).map((cls) => deps.tokens.sign(cls, about, 600)))
  return {
    session: session!,
    device: device!,
    playback: playback!,
    ticket: ticket!,
    'api key': stranger.key,
    host,
    operator: OPERATOR_TOKEN,
    'setup code': 'setup-code-for-tests',
    'embed token': [...world.capabilities][0]!,
    'upload token': (await (await post('/api/v1/upload-tokens', {}, { key: stranger.key })).json<{ token: string }>()).token,
    'signed embed token': await sign(await signingKey(stranger), deps.newId('video')),
    'host of another spelling': host.toUpperCase(),
    'key one digit short': stranger.key.slice(0, -1),
    nonsense: 'x',
    'two parts': 'a b',
  }
}
const RIGHT: Record<string, readonly string[]> = { agent: ['host'], operator: ['operator'] }
/** Where browsers upload with a token made for that. */
const takesUploadTokens = ({ path, route }: Target) => route.byUploadToken === true || /\/upload(?:\/|$)/.test(path)

test.each(named(secured))('A05, A08, A11: %s takes no credential of another class, wherever it is sent', async (_, target) => {
  for (const [cls, credential] of Object.entries(await credentials())) {
    const right = RIGHT[target.route.needs] ?? ['api key', 'session']
    if (right.includes(cls) || (cls === 'upload token' && takesUploadTokens(target))) continue
    for (const headers of [{ Authorization: `Bearer ${credential}` }, { 'X-API-Key': credential }, { Authorization: `Basic ${btoa(`${credential}:`)}` }] as Record<string, string>[]) {
      const { status } = await send(target, headers)
      expect([cls, headers, [401, 403].includes(status) ? 'refused' : status]).toEqual([cls, headers, 'refused'])
    }
  }
})

test.each(named(accounts.filter(({ route }) => route.needs.includes(':'))))('A05: %s refuses a key that has every scope but its own', async (_, target) => {
  const { key } = await tenant({ scopes: SCOPES.filter((scope) => scope !== (target.route.needs as Scope)) })
  expect((await send(target, world.present(target.surface, key))).status).toBe(403)
})

/* Another tenant's names */

/** An identifier of the same shape that was never given out. */
const never = (name: string) => (name.length < 10 ? name : name.slice(0, -4) + [...name.slice(-4)].map((letter) => (letter === '0' ? '1' : '0')).join(''))
const said = ({ status, text }: Answer, ...names: string[]) => {
  const unnumbered = text.replace(/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'REQUEST')
  return [status, names.filter((name) => name.length >= 10).reduce((whole, name) => whole.replaceAll(name, 'NAME'), unnumbered)]
}

test.each(named(accounts.filter(({ path }) => prefixesOf(path).length > 0)))('A01: %s says the same to a stranger of the owner’s things as of things that never were', async (_, target) => {
  const good = new Map(prefixesOf(target.path).map((prefix, at) => [prefix, new Set([paramsOf(target)[at]!])]))
  const headers = world.present(target.surface, stranger.key)
  let hits = 0
  for (const values of candidates(prefixesOf(target.path), good, new Set(world.names)).slice(0, 400)) {
    const gone = values.map(never)
    if (values.every((value, at) => value === gone[at])) continue
    const theirs = await ask(addressOf(target.path, values), requestTo(target, headers))
    const none = await ask(addressOf(target.path, gone), requestTo(target, headers))
    expect(said(theirs, ...values)).toEqual(said(none, ...gone))
    if (theirs.status < 300) expect.fail(`${target.name} gave a stranger ${theirs.status} for ${values.join(' ')}`)
    hits++
  }
  expect(hits).toBeGreaterThan(5)
})

/** Identifiers of one kind are read alike: one of each shape tells. */
const oneOfEachKind = (names: readonly string[]) => [...new Map(names.map((name) => [/^[a-z]{2,4}_/.exec(name)?.[0] ?? `${name.length} ${/^[0-9a-f-]+$/.test(name)}`, name])).values()]

/** Places for text in what a route takes besides its path. */
function places(target: Target): { where: string; put(name: string): [string, RequestInit] }[] {
  const { input } = target.route
  const headers = world.present(target.surface, stranger.key)
  const at = addressOf(target.path, paramsOf(target))
  const properties = (schema: NonNullable<typeof input>['query']) => Object.entries(schema ? (jsonSchemaOf(schema).properties ?? {}) : {})
  const body = bodyFor(target, 3)
  return [
    ...properties(input?.query).filter(([, { enum: fixed }]) => !fixed).map(([field]) => ({ where: `?${field}`, put: (name: string) => [`${at}?${field}=${name}`, requestTo(target, headers)] as [string, RequestInit] })),
    ...properties(input?.headers as never).map(([field]) => ({ where: field, put: (name: string) => [at, requestTo(target, { ...headers, [field]: name })] as [string, RequestInit] })),
    ...leavesOf(body)
      .filter((place) => typeof place.reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], body) === 'string')
      .map((place) => ({ where: place.join('.'), put: (name: string) => [at, requestTo(target, headers, withLeaf(body, place, name))] as [string, RequestInit] })),
  ]
}

/** Reads before writes: what a stranger wrote of these names may be read back. */
const taking = accounts.filter(({ route: { input } }) => input?.body || input?.query || input?.headers).sort((a, b) => Number(a.route.method !== 'GET') - Number(b.route.method !== 'GET'))
test.each(named(taking))('A01, A02: %s gives a stranger nothing for the owner’s names in its query, headers or body', async (_, target) => {
  for (const { where, put } of places(target))
    for (const name of oneOfEachKind(world.names)) {
      const [theirs, none] = [await ask(...put(name)), await ask(...put(never(name)))]
      expect([where, name, theirs.status]).toEqual([where, name, none.status])
    }
})

const hostly = targets.filter(({ route, path }) => route.needs === 'agent' && prefixesOf(path).length > 0)
test.each(named(hostly))('A42: %s gives a host nothing of a job that another host holds', async (_, target) => {
  const job = world.names.find((name) => name.startsWith('job_'))!
  expect(job).toBeDefined()
  for (const key of world.names.filter((name) => /^(enc|ast)_/.test(name)).flatMap((id) => [`src/${id}/source`, `vod/${id}/v360/init.mp4`])) {
    const { status } = await ask(`${addressOf(target.path, [job, key])}?epoch=1`, { ...requestTo(target, { Authorization: `Bearer ${host}` }), headers: { Authorization: `Bearer ${host}`, 'Content-Length': '1' } })
    expect([400, 404, 409]).toContain(status)
  }
})

/** Under `/vod/` and `/live/` a public video's own id is its address, as its dialect has it; private ones ask for a token there (test/surfaces/apivideo). */
const byToken = targets.filter(({ route, path }) => route.needs === 'public' && prefixesOf(path).length > 0 && !/^\/(?:vod|live)\//.test(path))
test.each(named(byToken))('A01, A44: %s opens nothing to names that are no tokens', async (_, target) => {
  for (const name of world.names.filter((one) => !world.capabilities.has(one) && one.length > 10)) {
    const { status } = await ask(addressOf(target.path, prefixesOf(target.path).map(() => name)), requestTo(target, {}))
    expect([name, status >= 400]).toEqual([name, true])
  }
})

/** Rows of the owner's that are gone or changed, and rows put into the owner's account. */
async function damage(): Promise<string[]> {
  const after = await world.rows()
  const lost = Object.entries(before).flatMap(([table, rows]) => rows.filter((row) => !after[table]?.includes(row)))
  const slipped = Object.entries(after).flatMap(([table, rows]) => rows.filter((row) => row.includes(`["account_id","${world.owner.accountId}"]`) && !before[table]?.includes(row)))
  return [...lost, ...slipped]
}

test('A01: after all that, not one row of the owner’s has changed', async () => {
  expect(await damage()).toEqual([])
})

/* Malformed calls */

const withBody = targets.filter(({ route }) => route.input?.body)
const strict = (target: Target) => jsonSchemaOf(target.route.input!.body!).additionalProperties === false

test.each(named(withBody))('A03: %s lets nobody set what is not theirs to set', async (_, target) => {
  const smuggled = { account_id: world.owner.accountId, accountId: world.owner.accountId, user_id: 'usr_1', id: world.owner.accountId, version: 9, views: 1e9, site_admin: true, plan: 'x', created_at: '2000-01-01T00:00:00Z' }
  const body = bodyFor(target)
  const { status } = await send(target, credentialFor(target, stranger.key), { ...(typeof body === 'object' && body !== null && !Array.isArray(body) ? body : {}), ...smuggled })
  if (strict(target)) expect(status).toBe(400)
  expect(await damage()).toEqual([])
})

test.each(named(withBody))('U12: %s refuses a body that is too large, cut off, no JSON, or of another shape', async (_, target) => {
  const headers = credentialFor(target, stranger.key)
  const limit = target.route.input?.maxBodyBytes ?? 64 * 1024
  const at = addressOf(target.path, paramsOf(target))
  const raw = (body: BodyInit, more: Record<string, string> = {}) => ask(at, { method: target.route.method, headers: { ...headers, ...more }, body }).then(({ status }) => status)
  const large = new Uint8Array(limit + 1).fill(0x20)
  const stream = () => new ReadableStream({ start(controller) { controller.enqueue(large); controller.close() } })
  const statuses = [await raw(large), await raw(stream())]
  expect(statuses.every((status) => [413, 404, 429].includes(status))).toBe(true)
  if (!target.route.input?.params && target.route.rate !== 'credentials') expect(statuses).toEqual([413, 413])
  const refused = [400, 404, 409, 413, 415, 422, 429]
  for (const body of [...(target.route.input?.bodyOptional ? [] : ['']), '{', 'null', '[]', '"x"', '1', '\ufeff{}', `${'['.repeat(10_000)}${']'.repeat(10_000)}`, `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`, new Uint8Array([0xff, 0xfe, 0]), '{"__proto__":{"polluted":1}}', '{"constructor":{"prototype":{"polluted":1}}}'])
    if (typeof body !== 'string' || body.startsWith('{"') === false || strict(target)) expect([String(body).slice(0, 40), refused.includes(await raw(body))]).toEqual([String(body).slice(0, 40), true])
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
})

test.each(named(withBody))('%s refuses every part of the wrong type', async (_, target) => {
  const headers = credentialFor(target, stranger.key)
  const body = bodyFor(target, 5)
  for (const place of leavesOf(body)) {
    const leaf = place.reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], body)
    for (const wrong of [{}, [[]], { $ne: null }, ...(typeof leaf === 'number' ? ['1', -1.5] : typeof leaf === 'boolean' ? ['true', 1] : [1, true])]) {
      const { status } = await send(target, headers, withLeaf(body, place, wrong))
      expect([place.join('.'), wrong, status >= 400 || !strict(target)]).toEqual([place.join('.'), wrong, true])
    }
  }
})

/** What runs at most once for a key, once it is allowed and understood: every POST there is. */
test.each(named(accounts.filter(({ route }) => route.method === 'POST')))('U07: %s minds an Idempotency-Key', async (_, target) => {
  // The shortest body that its schema takes, own refinements and all.
  const schema = target.route.input?.body
  const bodies = schema ? fc.sample(fitting(jsonSchemaOf(schema)), { numRuns: 500, seed: 1 }).filter((one) => schema.safeParse(one).success) : []
  const body = schema && (bodies.sort((a, b) => JSON.stringify(a).length - JSON.stringify(b).length)[0] ?? {})
  const { status, text } = await send(target, { ...credentialFor(target, stranger.key), 'Tus-Resumable': '1.0.0', 'Idempotency-Key': 'no key at all' }, body)
  expect([status, text]).toEqual([400, expect.stringContaining('Idempotency-Key')])
})

const paths = [...new Map(targets.map((target) => [target.path, target])).values()]
test.each(named(paths))('A33: the address of %s knows its methods, names them and refuses the rest', async (_, target) => {
  const known = targets.filter(({ path }) => path === target.path).flatMap(({ route: { method } }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
  const at = addressOf(target.path, paramsOf(target))
  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'OPTIONS'].filter((one) => !known.includes(one))) {
    const { status, headers } = await ask(at, { method, headers: { ...credentialFor(target, stranger.key), 'X-HTTP-Method-Override': 'GET', 'X-Method-Override': known[0]! } })
    // An address may be another route's too (`/upload/:id`), and preflights are answered where any origin may call.
    const others = targets.filter(({ path, route }) => route.method === method && path !== target.path && prefixesOf(path).length > 0 && path.split('/').length === target.path.split('/').length)
    if (others.length > 0 && status !== 405) continue
    if (method === 'OPTIONS' && target.surface.crossOrigin?.(at)) expect([status, headers.get('Access-Control-Allow-Credentials')]).toEqual([204, null])
    else expect([method, status, headers.get('Allow')]).toEqual([method, 405, known.join(', ')])
  }
})

