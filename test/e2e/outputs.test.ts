/** Whole-system outputs that are not the default one: server, a host as a process of its own, and the validator over what viewers get. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { expectInvariants } from '../faults/support/invariants.ts'
import { clip, type Site, small, startSite } from '../faults/support/site.ts'
import { overHttp } from '../validator/fetched.ts'
import { loadPresentation } from '../validator/presentation.ts'
import { validate } from '../validator/validate.ts'

let site: Site
beforeAll(async () => {
  site = await startSite({ JOB_LEASE_SECONDS: '45' })
})
afterEach(() => site.clear())
afterAll(() => site.stop())

/** What a viewer gets of a ready video, rule by rule. */
async function brokenRules(video: string, frames: number): Promise<{ broken: unknown[]; dash: boolean }> {
  const { embed_token: token } = await site.api('GET', `/videos/${video}`)
  const session = (await (await fetch(`${site.url.origin}/api/stream/${token}/token`, { method: 'POST', body: '{}' })).json()) as { master_m3u8: string; manifest_mpd: string | null }
  const mpd = session.manifest_mpd === null ? null : new URL(session.manifest_mpd, site.url)
  const of = await loadPresentation(overHttp, new URL(session.master_m3u8, site.url), { mpd, frames })
  return { broken: (await validate(of)).filter(({ verdict }) => verdict === 'broken'), dash: mpd !== null }
}

test('an account that wants no encryption gets HLS and DASH of the same segments, and every rule of both is kept', async () => {
  await site.daemon()
  expect(await site.api('PUT', '/settings', { encode_encryption: 'none' })).toMatchObject({ encode_encryption: 'none' })
  const video = await site.upload(small(site))
  await site.becomes(video, 'ready', 120)
  expect(await brokenRules(video, 90)).toEqual({ broken: [], dash: true })
  expect(await site.api('POST', `/videos/${video}/encodes`, { encryption: 'aes-128' })).toMatchObject({ state: 'planning' })
  await expect.poll(async () => (await site.sql(`SELECT id FROM encodes WHERE state = 'ready'`)).length, { timeout: 120_000 }).toBe(2)
  expect(await brokenRules(video, 90)).toEqual({ broken: [], dash: false })
  await site.api('PUT', '/settings', { encode_encryption: 'aes-128' })
})

test('a source without an index is encoded from its copy behind the first minute, to the frame, and no copy is left', async () => {
  const host = await site.daemon()
  const file = clip(site, 'no-index.ts', '-f', 'lavfi', '-i', 'testsrc2=s=160x90:r=10:d=75', '-f', 'lavfi', '-i', 'sine=f=440:r=48000:d=75', '-c:v', 'libx264', '-preset', 'ultrafast', '-g', '40', '-pix_fmt', 'yuv420p', '-c:a', 'aac')
  const video = await site.upload(file)
  await site.becomes(video, 'ready', 180)
  expect((await site.jobs(video)).filter(({ kind }) => kind === 'remux').map(({ state }) => state)).toEqual(['done'])
  expect(await brokenRules(video, 750)).toEqual({ broken: [], dash: false })
  await expectInvariants(site, { videos: { [video]: 'ready' }, daemons: [host] })
})
