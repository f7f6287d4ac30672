/** Hosts that die or freeze at each stage of a job. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { expectInvariants, lastVerdict } from './support/invariants.ts'
import { LEASE_SECONDS, type Site, small, startSite } from './support/site.ts'
import { openTimeline } from './support/timeline.ts'

let site: Site
beforeAll(async () => {
  site = await startSite()
})
afterEach(() => site.clear())
afterAll(() => site.stop())

test.each([
  ['J01', 'just after the claim', 'prepare-claimed'],
  ['J02', 'while it reads the source', 'source-reading'],
  ['J03', 'while ffmpeg runs', 'encoder-started'],
  ['J05', 'in the middle of its uploads', 'segment-sending:SIGKILL:2'],
  ['J06', 'with everything stored and nothing committed', 'encode-made'],
  ['J07', 'after its commit was taken', 'encode-committed'],
])('%s: a host killed %s loses nothing: another one has the work within a lease and a round of the Janitor', async (_, __, place) => {
  const timeline = openTimeline(lastVerdict)
  const dying = await site.daemon({ faultPoint: place.includes(':') ? place : `${place}:SIGKILL` })
  const video = await site.upload(small(site))
  expect(await dying.ended).toBe('SIGKILL')
  const diedAt = performance.now()
  timeline.note('the host is dead', { jobs: await site.jobs(video) })
  const other = await site.daemon()
  const rescued = await site.sql(`SELECT id FROM jobs WHERE state = 'leased' AND agent_id IS NOT NULL`)
  timeline.note('another host is there', { rescued })
  await site.becomes(video, 'ready')
  timeline.note('ready', { afterMs: performance.now() - diedAt })
  expect(performance.now() - diedAt).toBeLessThan((LEASE_SECONDS + 30) * 1000)
  await expectInvariants(site, { videos: { [video]: 'ready' }, daemons: [other] })
  expect((await site.jobs(video)).every(({ attempts }) => attempts === 0)).toBe(true)
})
