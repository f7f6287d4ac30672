import { expect, test } from 'vitest'
import { call, deps, post, type Tenant, tenant } from '../../support/site.ts'

const init = (mine: Tenant, key: string, body: object = { filename: 'a.mp4', size: 10 }) => post('/api/v1/upload/init', body, { key: mine.key, headers: { 'Idempotency-Key': key } })
const code = async (answer: Response) => [answer.status, (await answer.json<{ code: string }>()).code]

test('U07: a repeated call gets the first answer and changes nothing more', async () => {
  const mine = await tenant()
  const [first, again] = [await init(mine, 'k-1'), await init(mine, 'k-1')]
  expect([first.status, first.headers.get('Idempotency-Replayed'), again.status, again.headers.get('Idempotency-Replayed')]).toEqual([201, null, 201, 'true'])
  expect(await again.json()).toEqual(await first.json())
  expect((await deps.accounts.find(mine.accountId))?.storageReservedBytes).toBe(10)
})

test('U08: the same key for another call is refused, for another account it is another key', async () => {
  const [mine, other] = [await tenant(), await tenant()]
  await init(mine, 'k-1')
  expect(await code(await init(mine, 'k-1', { filename: 'b.mp4', size: 10 }))).toEqual([422, 'idempotency_key_reused'])
  expect(await code(await post('/api/v1/presets', { name: 'x' }, { key: mine.key, headers: { 'Idempotency-Key': 'k-1' } }))).toEqual([422, 'idempotency_key_reused'])
  const answer = await init(other, 'k-1')
  expect([answer.status, answer.headers.get('Idempotency-Replayed')]).toEqual([201, null])
})

test('U09: of ten calls at once one runs; the others get its answer or are told to ask again', async () => {
  const mine = await tenant()
  const answers = await Promise.all(Array.from({ length: 10 }, () => init(mine, 'k-1')))
  const statuses = answers.map(({ status }) => status)
  expect(statuses.filter((status) => status !== 201 && status !== 409)).toEqual([])
  expect(answers.filter(({ headers, status }) => status === 201 && !headers.has('Idempotency-Replayed'))).toHaveLength(1)
  for (const answer of answers.filter(({ status }) => status === 409)) {
    expect(answer.headers.get('Retry-After')).toBe('2')
    expect(await code(answer)).toEqual([409, 'idempotency_in_progress'])
  }
  expect((await deps.accounts.find(mine.accountId))?.storageReservedBytes).toBe(10)
})

test('what failed can be tried again under its key', async () => {
  const mine = await tenant()
  expect((await init(mine, 'k-1', { filename: 'a.exe', size: 10 })).status).toBe(415)
  expect((await init(mine, 'k-1')).status).toBe(201)
})

test('an answer with a secret is repeated, and is not to be read in the database', async () => {
  const mine = await tenant()
  const make = () => post('/api/v1/api-keys', { name: 'ci', scopes: ['videos:read'] }, { key: mine.key, headers: { 'Idempotency-Key': 'k-1' } })
  const [first, again] = [await (await make()).json<{ key: string }>(), await (await make()).json<{ key: string }>()]
  expect(again.key).toBe(first.key)
  const now = deps.now()
  const kept = await deps.idempotency.begin({ accountId: mine.accountId, key: 'k-1', fingerprint: 'x', now, abandonedBefore: 0, expiredBefore: 0 })
  expect(kept?.sealedAnswer).not.toContain(first.key.slice(4))
})

test('a call that died is run again by its repeat; after a day a key is new', async () => {
  const mine = await tenant()
  const begin = (at: number) => deps.idempotency.begin({ accountId: mine.accountId, key: 'k-1', fingerprint: 'x', now: at, abandonedBefore: at - 60_000, expiredBefore: at - 86_400_000 })
  expect(await begin(1_000_000)).toBeNull()
  expect(await begin(1_050_000)).toMatchObject({ sealedAnswer: null })
  expect(await begin(1_070_000)).toBeNull()
  await deps.idempotency.finish(mine.accountId, 'k-1', 'x', 'sealed')
  expect(await begin(80_000_000)).toMatchObject({ sealedAnswer: 'sealed' })
  expect(await begin(90_000_000)).toBeNull()
})

test.each(['x'.repeat(256), 'with space', 'ünïcode'])('the key %j is refused', async (key) => {
  const answer = await call('/api/v1/presets', { method: 'POST', key: (await tenant()).key, body: '{"name":"x"}', headers: { 'Idempotency-Key': encodeURI(key).includes('%C3') ? '\u00fc' : key } })
  expect(await code(answer)).toEqual([400, 'invalid_idempotency_key'])
})
