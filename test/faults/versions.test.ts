/** J27: hosts and Workers of different versions. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { expectInvariants, lastVerdict } from './support/invariants.ts'
import { startProxy, type Toxic, type Way } from './support/proxy.ts'
import { type Site, small, startSite } from './support/site.ts'
import { openTimeline } from './support/timeline.ts'

let site: Site
let api: Way
beforeAll(async () => {
  site = await startSite()
  api = await startProxy(site.url)
})
afterEach(() => site.clear())
afterAll(async () => {
  await api.stop()
  await site.stop()
})

const refusal = (code: string): Toxic => ({ do: 'answer', status: 422, type: 'application/json', body: JSON.stringify({ error: 'Another protocol.', code, request_id: 'x' }) })
const answering = (calls: RegExp, code: string) => {
  api.toxics = ({ path }) => (calls.test(path) ? refusal(code) : null)
}

test('J27: a new Worker and an old host: it ends with 77, at its start or when the Worker changes under it, and what it held is done by others', async () => {
  openTimeline(lastVerdict)
  const running = await site.daemon({ api, faultPoint: 'encode-made:SIGSTOP' })
  const video = await site.upload(small(site))
  await running.frozen()
  answering(/(?:register|claim)/, 'agent_too_old')
  running.process.kill('SIGCONT')
  expect(await running.ended).toBe(77)
  const late = await site.daemon({ api, wait: false })
  expect(await late.ended).toBe(77)
  const current = await site.daemon()
  await site.becomes(video, 'ready')
  expect((await site.jobs(video)).every(({ attempts }) => attempts === 0)).toBe(true)
  await expectInvariants(site, { videos: { [video]: 'ready' }, daemons: [current] })
})

test('J27: an old Worker and a new host: it keeps asking, and works once the Worker has followed', async () => {
  openTimeline(lastVerdict)
  answering(/register/, 'agent_too_new')
  const host = await site.daemon({ api, wait: false })
  const video = await site.upload(small(site, 4))
  await host.logged({ msg: 'the server does not answer', attempt: 2 })
  expect(host.process.exitCode).toBeNull()
  api.toxics = null
  await site.becomes(video, 'ready')
  await expectInvariants(site, { videos: { [video]: 'ready' }, daemons: [host] })
})
