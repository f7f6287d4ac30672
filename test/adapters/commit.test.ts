import { expect, test } from 'vitest'
import { emptyRollup } from '../../worker/src/domain/analytics/rollup.ts'
import { deps, tenant, videoOf } from '../support/site.ts'

test('a commit is all or nothing', async () => {
  const mine = await tenant({ quotaBytes: 100 })
  const video = await videoOf(mine)
  const both = deps.commit([deps.videos.save({ ...video, title: 'changed' }), deps.accounts.reserve(mine.accountId, 101)])
  await expect(both).rejects.toMatchObject({ code: 'quota_exceeded' })
  expect(await deps.videos.find(mine.accountId, video.id)).toMatchObject({ title: 'A clip', version: 1 })
})

test('a row that moved fails the commit with conflict', async () => {
  const mine = await tenant()
  const video = await videoOf(mine)
  await deps.commit([deps.videos.save({ ...video, title: 'first' })])
  await expect(deps.commit([deps.videos.save({ ...video, title: 'second' })])).rejects.toMatchObject({ code: 'conflict' })
  expect(await deps.videos.find(mine.accountId, video.id)).toMatchObject({ title: 'first', version: 2 })
})

test('saving a video never writes its views', async () => {
  const mine = await tenant()
  const video = await videoOf(mine)
  await deps.commit([deps.usage.put({ videoId: video.id, day: 20_000, version: 1, rollup: { ...emptyRollup(), views: 5 } })])
  await deps.commit([deps.videos.save({ ...video, title: 'x' })])
  expect((await deps.videos.find(mine.accountId, video.id))?.views).toBe(5)
})

test('reservations are exact under concurrency', async () => {
  const mine = await tenant({ quotaBytes: 1000 })
  const outcomes = await Promise.allSettled(Array.from({ length: 30 }, () => deps.commit([deps.accounts.reserve(mine.accountId, 100)])))
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(10)
  expect((await deps.accounts.find(mine.accountId))?.storageReservedBytes).toBe(1000)
})

test('another account’s rows do not exist', async () => {
  const [mine, other] = [await tenant(), await tenant()]
  const video = await videoOf(mine)
  expect(await deps.videos.find(other.accountId, video.id)).toBeNull()
  expect(await deps.videos.findDetail(other.accountId, video.id)).toBeNull()
  expect((await deps.videos.list(other.accountId, { search: null, status: null, sort: 'title' }, { offset: 0, limit: 10 })).total).toBe(0)
})

test('a signed token is good for its own class, until it expires, and not after one bit changes', async () => {
  const token = await deps.tokens.sign('playback', { sub: 'x' }, 60)
  expect(await deps.tokens.verify('playback', token)).toMatchObject({ sub: 'x', aud: 'playback' })
  expect(await deps.tokens.verify('session', token)).toBeNull()
  expect(await deps.tokens.verify('ticket', token)).toBeNull()
  expect(await deps.tokens.verify('playback', `${token.slice(0, -5)}AAAAA`)).toBeNull()
  expect(await deps.tokens.verify('playback', await deps.tokens.sign('playback', {}, -10))).toBeNull()
})

test('a password is verified against its hash alone, and no hash at all is a plain no', async () => {
  const phc = await deps.passwords.hash('s3cret pass')
  expect(phc).toMatch(/^\$scrypt\$ln=15,r=8,p=1\$/)
  expect(await deps.passwords.verify('s3cret pass', phc)).toBe(true)
  expect(await deps.passwords.verify('s3cret pas', phc)).toBe(false)
  expect(await deps.passwords.verify('s3cret pass', null)).toBe(false)
})
