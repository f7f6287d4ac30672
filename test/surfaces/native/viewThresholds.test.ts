import { expect, test } from 'vitest'
import { tellThresholds } from '../../../worker/src/domain/webhooks/tellThresholds.ts'
import type { WebhookId } from '../../../worker/src/domain/webhooks/webhook.ts'
import { flush, freshVideo, reporter, session, tell } from '../../support/audience.ts'
import { encoded } from '../../support/fleet.ts'
import { call, deps, post, type Tenant, tenant } from '../../support/site.ts'

const subscribe = async ({ key }: Tenant, more: object) => (await (await post('/api/v1/webhooks', { url: 'https://hooks.acme.dev/', ...more }, { key })).json<{ id: WebhookId; view_thresholds: number[] }>())
const told = async (id: WebhookId) => {
  const { items } = await deps.deliveries.list(id, { state: null, type: 'view.threshold' }, { offset: 0, limit: 100 })
  const due = await deps.deliveries.due(id, Date.now() + 1e12, 100)
  expect(due).toHaveLength(items.length)
  return due.map(({ event }) => event.data).sort((a, b) => Number(a.threshold) - Number(b.threshold))
}

test('W21: of a hundred viewings at once each threshold of each subscription is told once', async () => {
  const mine = await tenant()
  const whole = await encoded(mine, true)
  const video = await freshVideo(mine, whole)
  const [some, others, none] = [
    await subscribe(mine, { view_thresholds: [100, 10, 10, 50, 1000], events: ['view.threshold'] }),
    await subscribe(mine, { view_thresholds: [100] }),
    await subscribe(mine, { view_thresholds: [10], events: ['video.encoded'] }),
  ]
  expect(some.view_thresholds).toEqual([10, 50, 100, 1000])
  const report = reporter(whole)
  await Promise.all(Array.from({ length: 100 }, () => tell(report(video, session()))))
  await flush(video)
  await Promise.all(Array.from({ length: 20 }, () => tellThresholds(deps, video).catch(() => {})))
  const at = (threshold: number) => ({ video_id: video, threshold, views: 100 })
  expect(await told(some.id)).toEqual([at(10), at(50), at(100)])
  expect(await told(others.id)).toEqual([at(100)])
  expect(await told(none.id)).toEqual([])
  await tell(report(video, session()))
  await flush(video)
  expect(await told(some.id)).toHaveLength(3)
})

test('W21: twenty tellers of one video at once write each event once', async () => {
  const mine = await tenant()
  const whole = await encoded(mine, true)
  const { id } = await subscribe(mine, { view_thresholds: [1, 2, 3] })
  const video = await freshVideo(mine, whole)
  const now = Date.now()
  await deps.commit([deps.usage.put({ videoId: video, day: Math.floor(now / 86_400_000), version: 1, rollup: { views: 3, playedSeconds: 9, bytes: 0 } as never })])
  const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => tellThresholds(deps, video)))
  expect(outcomes.some(({ status }) => status === 'fulfilled')).toBe(true)
  expect((await told(id)).map(({ threshold }) => threshold)).toEqual([1, 2, 3])
})

test('A45, W21: one viewing counts once however often it is told, and what was passed before it was asked for is not told', async () => {
  const mine = await tenant()
  const whole = await encoded(mine, true)
  const video = await freshVideo(mine, whole)
  const report = reporter(whole)
  const one = session()
  const early = await subscribe(mine, { view_thresholds: [1, 2] })
  for (let times = 0; times < 30; times++) await tell(report(video, one))
  await flush(video)
  expect((await told(early.id)).map(({ threshold }) => threshold)).toEqual([1])
  const late = await subscribe(mine, { view_thresholds: [1] })
  const changed = await call(`/api/v1/webhooks/${late.id}`, { method: 'PUT', key: mine.key, body: '{"view_thresholds":[2,1]}' })
  expect(await changed.json()).toMatchObject({ view_thresholds: [1, 2] })
  await tell(report(video, session()))
  await flush(video)
  expect((await told(late.id)).map(({ threshold }) => threshold)).toEqual([2])
  expect((await told(early.id)).map(({ threshold }) => threshold)).toEqual([1, 2])
})

test.each([{ view_thresholds: [0] }, { view_thresholds: [1.5] }, { view_thresholds: ['10'] }, { view_thresholds: Array(21).fill(1) }, { headers: { 'X-A': 'a\r\nSet-Cookie: b' } }, { custom_headers: 'a\r\nb' }])(
  'W20: a webhook made with %j is refused: nothing of its owner’s becomes a header',
  async (more) => {
    expect((await post('/api/v1/webhooks', { url: 'https://hooks.acme.dev/', ...more }, { key: (await tenant()).key })).status).toBe(400)
  },
)

test('W17: another tenant can neither list, replay nor test what a webhook was told', async () => {
  const [mine, other] = [await tenant(), await tenant()]
  const { id } = await subscribe(mine, {})
  const { event_id } = await (await call(`/api/v1/webhooks/${id}/test`, { method: 'POST', key: mine.key })).json<{ event_id: string }>()
  const theirs = await subscribe(other, {})
  for (const [method, path, body] of [
    ['GET', `/${id}`],
    ['GET', `/${id}/deliveries`],
    ['POST', `/${id}/test`],
    ['POST', `/${id}/rotate`],
    ['POST', `/${id}/deliveries/${event_id}/replay`],
    ['POST', `/${theirs.id}/deliveries/${event_id}/replay`],
    ['POST', `/${id}/replay`, '{"since":"2020-01-01T00:00:00Z"}'],
    ['DELETE', `/${id}`],
  ] as const) {
    const answer = await call(`/api/v1/webhooks${path}`, { method, key: other.key, ...(body ? { body } : {}) })
    expect([method, path, answer.status]).toEqual([method, path, 404])
  }
  expect(await deps.webhooks.find(mine.accountId, id)).not.toBeNull()
})
