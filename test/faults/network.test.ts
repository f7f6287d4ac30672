/** Ways to the server and to the object store that break, go deaf, or lie. */
import { setTimeout } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { waitingFfmpeg } from './support/daemon.ts'
import { expectInvariants, lastVerdict } from './support/invariants.ts'
import { always, once, startProxy, type Toxic, type Way } from './support/proxy.ts'
import { LEASE_SECONDS, type Site, small, startSite } from './support/site.ts'
import { openTimeline, randomFrom, SEED } from './support/timeline.ts'

let site: Site
let [api, s3] = [null as unknown as Way, null as unknown as Way]
beforeAll(async () => {
  site = await startSite()
})
afterEach(async () => {
  await site.clear()
  await Promise.all([api?.stop(), s3?.stop()])
})
afterAll(() => site.stop())

async function openWays(): Promise<{ api: Way; s3: Way }> {
  api = await startProxy(site.url)
  s3 = await startProxy(site.url)
  return { api, s3 }
}

const encodes = () => site.sql(`SELECT id, epoch, state, agent_id, lease_until FROM jobs WHERE kind = 'encode' ORDER BY chunk_index`)
const isEncoding = () => expect.poll(async () => (await encodes()).filter(({ state }) => state === 'leased').length, { timeout: 45_000 }).toBe(1)

test('J11: a host cut off from the API for less than its lease keeps its job; cut off for longer it stops by itself, and another host has the work', async () => {
  const timeline = openTimeline(lastVerdict)
  const ffmpeg = waitingFfmpeg(site, 'j11')
  const cut = await site.daemon({ ...(await openWays()), ffmpeg: ffmpeg.path })
  const video = await site.upload(small(site))
  await isEncoding()
  const [before] = (await encodes()).filter(({ state }) => state === 'leased')
  api.toxics = always(/./, { do: 'blackhole' })
  await setTimeout((LEASE_SECONDS / 2) * 1000)
  api.toxics = null
  const healed = Date.now()
  await expect.poll(async () => Number((await encodes()).find(({ id }) => id === before!.id)!.lease_until), { timeout: 20_000 }).toBeGreaterThan(healed + (LEASE_SECONDS / 2) * 1000)
  expect((await encodes()).find(({ id }) => id === before!.id)).toMatchObject({ state: 'leased', epoch: before!.epoch, agent_id: before!.agent_id })
  timeline.note('a short cut changed nothing')
  api.toxics = always(/./, { do: 'blackhole' })
  await cut.logged({ msg: 'job dropped', job: String(before!.id), why: 'the server is silent' })
  expect(cut.ffmpegs()).toEqual([])
  const other = await site.daemon()
  await site.becomes(video, 'ready')
  expect((await encodes()).find(({ id }) => id === before!.id)).toMatchObject({ state: 'done', agent_id: expect.not.stringMatching(String(before!.agent_id)) })
  api.toxics = null
  ffmpeg.letGo()
  await expectInvariants(site, { videos: { [video]: 'ready' }, daemons: [cut, other] })
})

test('J12: a host cut off from the object store alone keeps its lease, tries again, gives up as retryable, and finishes when the way is back', async () => {
  openTimeline(lastVerdict)
  const host = await site.daemon(await openWays())
  s3.toxics = always(/^PUT/, { do: 'reset' })
  const video = await site.upload(small(site, 4))
  await host.logged({ msg: 'job failed', class: 'retryable' }, 60)
  expect(s3.hits).toBeGreaterThan(4)
  expect((await site.jobs(video)).every(({ attempts, state }) => Number(attempts) <= 2 && state !== 'failed')).toBe(true)
  s3.toxics = null
  await site.becomes(video, 'ready')
  expect(host.lines().filter(({ msg }) => msg === 'job dropped')).toEqual([])
  await expectInvariants(site, { videos: { [video]: 'ready' }, daemons: [host] })
})

test('J13: answers that never come, of the API and of the object store, are given up within half a minute and asked for again; nothing is published twice', async () => {
  openTimeline(lastVerdict)
  // A lease of life's length: the host's patience with one answer is longer than the short one of these tests.
  const patient = await startSite({ JOB_LEASE_SECONDS: '45' })
  try {
    const ways = { api: await startProxy(patient.url), s3: await startProxy(patient.url) }
    const host = await patient.daemon(ways)
    ways.api.toxics = once(/\/commit/, { do: 'swallow' })
    ways.s3.toxics = once(/^PUT/, { do: 'swallow' })
    const video = await patient.upload(small(patient, 4))
    await patient.becomes(video, 'ready', 90)
    expect([ways.api.hits, ways.s3.hits]).toEqual([1, 1])
    await expectInvariants(patient, { videos: { [video]: 'ready' }, daemons: [host] })
    await patient.clear()
    await Promise.all([ways.api.stop(), ways.s3.stop()])
  } finally {
    await patient.stop()
  }
})

test('J14: an object store that fails three times in ten, slows us down, cuts answers short and changes bytes on the way loses and spoils nothing', async () => {
  openTimeline(lastVerdict)
  const random = randomFrom(SEED)
  const host = await site.daemon(await openWays())
  let [truncated, corrupted, refused] = [2, 2, 1]
  s3.toxics = ({ method }) => {
    if (method === 'GET' && truncated-- > 0) return { do: 'truncate' }
    if (method === 'PUT' && corrupted-- > 0) return { do: 'corrupt' }
    // Once for sure: a small video takes few calls.
    if (refused-- <= 0 && random() > 0.3) return null
    const status = [500, 503, 429][Math.floor(random() * 3)] as number
    return { do: 'answer', status, type: 'application/xml', body: `<Error><Code>${status === 500 ? 'InternalError' : 'SlowDown'}</Code></Error>` }
  }
  const video = await site.upload(small(site))
  await site.becomes(video, 'ready', 150)
  expect([truncated < 0, corrupted < 0, s3.hits > 4]).toEqual([true, true, true])
  await expectInvariants(site, { videos: { [video]: 'ready' }, daemons: [host] })
})

const PORTAL = '<!doctype html><title>Please sign in</title>'
const strangers: [string, Toxic][] = [
  ['500', { do: 'answer', status: 500, type: 'application/json', body: '{"error":"oops","code":"internal"}' }],
  ['a captive portal', { do: 'answer', status: 200, type: 'text/html', body: PORTAL }],
  ['413', { do: 'answer', status: 413, type: 'text/html', body: PORTAL }],
  ['JSON of another world', { do: 'answer', status: 200, type: 'application/json', body: '{"lease":{"id":7}}' }],
]
test.each(strangers)('J15: an API that answers with %s for a while ends no host and loses no work', async (_, toxic) => {
  openTimeline(lastVerdict)
  const host = await site.daemon(await openWays())
  api.toxics = always(/./, toxic)
  const video = await site.upload(small(site, 4))
  await expect.poll(() => api.hits, { timeout: 60_000 }).toBeGreaterThan(2)
  api.toxics = null
  // Once more where it hurts: with a result in hand.
  const commits = { left: 2 }
  api.toxics = ({ path }) => (/\/commit$/.test(path) && commits.left-- > 0 ? toxic : null)
  await site.becomes(video, 'ready', 90)
  expect([host.process.exitCode, host.process.signalCode]).toEqual([null, null])
  await expectInvariants(site, { videos: { [video]: 'ready' }, daemons: [host] })
})

test('J16: a host whose credential was taken away ends with 77, which its supervisor does not restart, and leaves its work to others', async () => {
  openTimeline(lastVerdict)
  const ffmpeg = waitingFfmpeg(site, 'j16')
  const revoked = await site.daemon({ ffmpeg: ffmpeg.path })
  const video = await site.upload(small(site))
  await isEncoding()
  await site.sql(`UPDATE agents SET credential_hash = 'revoked-' || id`)
  expect(await revoked.ended).toBe(77)
  const other = await site.daemon()
  await site.becomes(video, 'ready')
  ffmpeg.letGo()
  // What the ended one left in its scratch folder goes at its next start.
  await expectInvariants(site, { videos: { [video]: 'ready' }, daemons: [other] })
})
