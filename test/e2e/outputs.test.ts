/** Whole-system outputs that are not the default one: server, a host as a process of its own, and the validator over what viewers get. */
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { ffmpegWith } from '../faults/support/daemon.ts'
import { expectInvariants } from '../faults/support/invariants.ts'
import { clip, type Site, small, startSite } from '../faults/support/site.ts'
import { overHttp } from '../validator/fetched.ts'
import { brokenGrowth } from '../validator/growth.ts'
import { loadPresentation, type Presentation } from '../validator/presentation.ts'
import { brokenRules, RULES, validate } from '../validator/validate.ts'

let site: Site
beforeAll(async () => {
  site = await startSite({ JOB_LEASE_SECONDS: '45' })
})
afterEach(() => site.clear())
afterAll(() => site.stop())

/** What a viewer gets of a ready video, rule by rule. */
async function whatViewersGet(video: string, frames: number): Promise<{ broken: string[]; dash: boolean }> {
  const { embed_token: token } = await site.api('GET', `/videos/${video}`)
  const session = (await (await fetch(`${site.url.origin}/api/stream/${token}/token`, { method: 'POST', body: '{}' })).json()) as { master_m3u8: string; manifest_mpd: string | null }
  const mpd = session.manifest_mpd === null ? null : new URL(session.manifest_mpd, site.url)
  return { broken: await brokenRules(overHttp, new URL(session.master_m3u8, site.url), { mpd, frames }), dash: mpd !== null }
}

test('an account that wants no encryption gets HLS and DASH of the same segments, and every rule of both is kept', async () => {
  await site.daemon()
  expect(await site.api('PUT', '/settings', { encode_encryption: 'none' })).toMatchObject({ encode_encryption: 'none' })
  const video = await site.upload(small(site))
  await site.becomes(video, 'ready', 120)
  expect(await whatViewersGet(video, 90)).toEqual({ broken: [], dash: true })
  expect(await site.api('POST', `/videos/${video}/encodes`, { encryption: 'aes-128' })).toMatchObject({ state: 'planning' })
  await expect.poll(async () => (await site.sql(`SELECT id FROM encodes WHERE state = 'ready'`)).length, { timeout: 120_000 }).toBe(2)
  expect(await whatViewersGet(video, 90)).toEqual({ broken: [], dash: false })
  await site.api('PUT', '/settings', { encode_encryption: 'aes-128' })
})

test('a video that grows: at each chunk its EVENT playlists, headers, keys and encrypted segments keep every rule, they are only appended to, and end in the same session', async () => {
  // Each piece of picture waits for its turn.
  const ffmpeg = ffmpegWith(site, 'turns', 'case "$*" in *filter_complex*pipe:3*) n=0; until mkdir "$here/run-$n" 2>/dev/null; do n=$((n+1)); done; while [ ! -e "$here/go-$n" ]; do sleep 0.1; done;; esac')
  const go = (turn: number) => writeFileSync(join(dirname(ffmpeg), `go-${turn}`), '')
  const host = await site.daemon({ ffmpeg })
  const video = await site.upload(small(site, 22))
  const chunks = async () => (await site.sql(`SELECT c.chunk_index FROM chunks c JOIN encodes e ON e.id = c.encode_id JOIN videos v ON v.asset_id = e.asset_id WHERE v.id = ? AND c.stream LIKE 'v%'`, video)).length
  go(0)
  const shown = () => site.api('GET', `/videos/${video}`)
  await expect.poll(async () => (await shown()).playable, { timeout: 120_000, interval: 500 }).toBe(true)
  const session = (await (await fetch(`${site.url.origin}/api/stream/${(await shown()).embed_token}/token`, { method: 'POST', body: '{}' })).json()) as { master_m3u8: string }
  const master = new URL(session.master_m3u8, site.url)
  const look = async () => {
    const of = await loadPresentation(overHttp, master)
    expect(of.renditions.map(({ text }) => text.includes('#EXT-X-PLAYLIST-TYPE:EVENT'))).toEqual(of.renditions.map(() => true))
    expect(of.renditions.flatMap(({ segments }) => segments).map(({ encrypted }) => encrypted)).not.toContain(false)
    return of
  }
  // ffmpeg would wait for the end of what grows.
  const rules = RULES.filter(({ name }) => name !== 'decodes')
  const isOver = ({ renditions }: Presentation) => renditions.every(({ text }) => text.trimEnd().endsWith('#EXT-X-ENDLIST'))
  const lengthOf = ({ renditions }: Presentation) => Math.max(...renditions.map(({ segments }) => segments.length))
  let before = await look()
  expect(isOver(before)).toBe(false)
  for (let made = 1; ; made++) {
    expect((await validate(before, rules)).filter(({ verdict }) => verdict === 'broken')).toEqual([])
    if (isOver(before)) break
    go(made)
    await expect.poll(chunks, { timeout: 120_000, interval: 200 }).toBe(made + 1)
    const now = await look()
    expect(brokenGrowth(before, now)).toEqual([])
    expect(lengthOf(now)).toBeGreaterThan(lengthOf(before))
    before = now
  }
  expect(await chunks()).toBeGreaterThan(2)
  await site.becomes(video, 'ready', 120)
  await expectInvariants(site, { videos: { [video]: 'ready' }, daemons: [host] })
})

test('a source without an index is encoded from its copy behind the first minute, to the frame, and no copy is left', async () => {
  const host = await site.daemon()
  const file = clip(site, 'no-index.ts', '-f', 'lavfi', '-i', 'testsrc2=s=160x90:r=10:d=75', '-f', 'lavfi', '-i', 'sine=f=440:r=48000:d=75', '-c:v', 'libx264', '-preset', 'ultrafast', '-g', '40', '-pix_fmt', 'yuv420p', '-c:a', 'aac')
  const video = await site.upload(file)
  await site.becomes(video, 'ready', 180)
  expect((await site.jobs(video)).filter(({ kind }) => kind === 'remux').map(({ state }) => state)).toEqual(['done'])
  expect(await whatViewersGet(video, 750)).toEqual({ broken: [], dash: false })
  await expectInvariants(site, { videos: { [video]: 'ready' }, daemons: [host] })
})
