/** An agent that speaks the protocol without ffmpeg: what it hands in is made up, where it goes is real. */
import { PROTOCOL } from '../../shared/src/agent.ts'
import type { Encoder } from '../../shared/src/encode.ts'
import type { JobKind, JobLease } from '../../shared/src/job.ts'
import { createFromSource } from '../../worker/src/domain/assets/createFromSource.ts'
import { manifest, media } from './handIn.ts'
import { call, deps, type Tenant } from './site.ts'

const OPERATOR = { Authorization: 'Bearer operator-token-for-tests-0123456789abcdef' }
const software = (name: Encoder) => ({ name, maxWidth: 8192, maxHeight: 8192 })
export const CAPABILITIES = { encoders: [software('libx264')], decodesOnGpu: false, ffmpegVersion: 'test', cpuCount: 1, gpu: null }

export interface TestAgent {
  post(path: string, body: unknown): Promise<Response>
  claim(...kinds: JobKind[]): Promise<JobLease | null>
  commit(lease: JobLease, result: unknown): Promise<Response>
}

/** Enrols a fresh agent, proven with libx264 and what is named. */
export async function enrol(...encoders: Encoder[]): Promise<TestAgent & { credential: string }> {
  const { code } = await (await call('/agent/v1/enrolments', { method: 'POST', headers: OPERATOR })).json<{ code: string }>()
  const registered = await call('/agent/v1/register', {
    method: 'POST',
    body: JSON.stringify({ protocol: PROTOCOL, name: 'test', bootId: crypto.randomUUID(), enrolmentCode: code, capabilities: { ...CAPABILITIES, encoders: [...CAPABILITIES.encoders, ...encoders.map(software)] } }),
  })
  const { credential } = await registered.json<{ credential: string }>()
  const post = (path: string, body: unknown) => call(`/agent/v1/${path}`, { method: 'POST', headers: { Authorization: `Bearer ${credential}` }, body: JSON.stringify(body) })
  return {
    credential,
    post,
    claim: async (...kinds) => (await (await post('jobs/claim', { kinds })).json<{ lease: JobLease | null }>()).lease,
    commit: (lease, result) => post(`jobs/${lease.id}/commit`, { epoch: lease.epoch, result }),
  }
}

/** A video whose source is stored and whose prepare job is queued. */
export async function queuedVideo({ accountId }: Tenant) {
  const source = { accountId, assetId: deps.newId('asset'), videoId: deps.newId('video'), filename: 'a.mp4', title: 'A clip', sizeBytes: 4 }
  await deps.objects.put(`src/${source.assetId}/source`, new Uint8Array([1, 2, 3, 4]), 4, 'video/mp4')
  const { video, writes } = createFromSource(deps, source)
  await deps.commit([deps.accounts.reserve(accountId, 4), deps.accounts.useReserved(accountId, 4), ...writes])
  return video
}

/** A video taken as far as asked: its first chunk, or all of it. */
export async function encoded(mine: Tenant, whole: boolean) {
  const agent = await enrol()
  const video = await queuedVideo(mine)
  const prepare = (await agent.claim('prepare'))!
  const { next } = await (await agent.commit(prepare, { kind: 'prepare', media: media(20) })).json<{ next: typeof prepare }>()
  await agent.commit(next, { kind: 'encode', manifest: manifest(next, 1) })
  const sound = (await agent.claim('audio'))!
  await agent.commit(sound, { kind: 'audio', manifest: manifest(sound, 5), final: true })
  const rest = [(await agent.claim('encode'))!, (await agent.claim('encode'))!]
  const finish = async () => {
    for (const lease of rest) await agent.commit(lease, { kind: 'encode', manifest: manifest(lease, 2) })
    await agent.claim('images')
  }
  if (whole) await finish()
  return { video, finish, encodeId: prepare.encodeId }
}
