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
])('%s: a host killed %s loses nothing: another one, or itself, started again on a clean folder, has the work within a lease and a round of the Janitor, under names of its own', async (name, _, place) => {
  const timeline = openTimeline(lastVerdict)
  const dying = await site.daemon({ faultPoint: place.includes(':') ? place : `${place}:SIGKILL` })
  const video = await site.upload(small(site))
  expect(await dying.ended).toBe('SIGKILL')
  const diedAt = performance.now()
  timeline.note('the host is dead', { jobs: await site.jobs(video) })
  // The one that died while it read comes back; for the others another host does the work.
  const isBack = name === 'J02'
  if (isBack) expect(dying.scratch(), 'what it left').not.toEqual([])
  const other = await site.daemon(isBack ? { stateDir: dying.stateDir } : {})
  const rescued = await site.sql(`SELECT id FROM jobs WHERE state = 'leased' AND agent_id IS NOT NULL`)
  timeline.note('another host is there', { rescued })
  await site.becomes(video, 'ready')
  timeline.note('ready', { afterMs: performance.now() - diedAt })
  expect(performance.now() - diedAt).toBeLessThan((LEASE_SECONDS + 30) * 1000)
  await expectInvariants(site, { videos: { [video]: 'ready' }, daemons: [other] })
  const jobs = await site.jobs(video)
  expect(jobs.every(({ attempts }) => attempts === 0)).toBe(true)
  if (name === 'J05' || name === 'J06') expect(await site.sql(`SELECT max(epoch) AS epoch FROM chunks WHERE encode_id = ? AND stream LIKE 'v%'`, jobs[0]!.encode_id!)).toEqual([{ epoch: 2 }])
})
