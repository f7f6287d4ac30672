/** A video on which keys, playlists and segments can be asked for: handed in as a host would, with objects of a common size. */
import { PROTOCOL } from '../../shared/src/agent.ts'
import type { JobLease } from '../../shared/src/job.ts'
import { manifest, media } from '../support/handIn.ts'
import { type Bench, OPERATOR_TOKEN } from './workerd.ts'

/** 4 s at 3 Mbit/s. */
const SEGMENT_BYTES = 1_500_000
const SECONDS = 60

export interface Playable {
  /** Addresses, relative to the origin. */
  master: string
  media: string
  key: string
  segment: string
  /** Where the segment lies in the bucket. */
  segmentKey: string
}

/** Uploads a source with `apiKey`, hands in all of its encode, opens a session and finds its addresses. */
export async function playable(bench: Bench, apiKey: string): Promise<Playable> {
  const at = (path: string) => new URL(path, bench.url)
  const json = async <T>(path: string, init: RequestInit): Promise<T> => {
    const answer = await fetch(at(path), init)
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
    return (await answer.json()) as T
  }
  const { embed_token } = await json<{ embed_token: string }>('/api/v1/upload?filename=bench.mp4', { method: 'POST', headers: { 'X-API-Key': apiKey }, body: new Uint8Array(1000) })
  const { code } = await json<{ code: string }>('/agent/v1/enrolments', { method: 'POST', headers: { Authorization: `Bearer ${OPERATOR_TOKEN}` } })
  const capabilities = { encoders: [{ name: 'libx264', maxWidth: 8192, maxHeight: 8192 }], decodesOnGpu: false, ffmpegVersion: 'bench', cpuCount: 1, gpu: null }
  const register = { protocol: PROTOCOL, name: 'bench', bootId: crypto.randomUUID(), enrolmentCode: code, capabilities }
  const { credential } = await json<{ credential: string }>('/agent/v1/register', { method: 'POST', body: JSON.stringify(register) })
  const agent = <T>(path: string, body: object) => json<T>(`/agent/v1/${path}`, { method: 'POST', headers: { Authorization: `Bearer ${credential}` }, body: JSON.stringify(body) })
  const commit = (lease: JobLease, result: object) => agent<{ next: JobLease | null }>(`jobs/${lease.id}/commit`, { epoch: lease.epoch, result })

  for (;;) {
    let { lease } = await agent<{ lease: JobLease | null }>('jobs/claim', { kinds: ['prepare', 'encode', 'audio'] })
    if (!lease) break
    if (lease.task.kind === 'prepare') ({ next: lease } = await commit(lease, { kind: 'prepare', media: media(SECONDS) }))
    if (!lease) continue
    const kind = lease.task.kind
    await commit(lease, { kind, manifest: manifest(lease, segmentsOf(lease)), ...(kind === 'audio' ? { final: true } : {}) })
  }
  const { master_m3u8 } = await json<{ master_m3u8: string }>(`/api/stream/${embed_token}/token`, { method: 'POST', body: '{}' })
  const text = async (path: string) => (await fetch(at(path))).text()
  const playlist = (await text(master_m3u8)).split('\n').find((line) => /^v\d+\.m3u8/.test(line)) as string
  const mediaPath = new URL(playlist, at(master_m3u8)).pathname
  const lines = (await text(mediaPath)).split('\n')
  const uri = (pattern: RegExp) => new URL(pattern.exec(lines.join('\n'))?.[1] as string, at(mediaPath)).pathname
  const segment = uri(/^([^#\s]\S*\.m4s)$/m)
  const segmentKey = segment.replace(/^\/m\//, 'vod/')
  await bench.media.put(segmentKey, new Uint8Array(SEGMENT_BYTES).fill(7))
  return { master: master_m3u8, media: mediaPath, key: uri(/METHOD=AES-128,URI="([^"]+)"/), segment, segmentKey }
}

/** Segments of 4 s in what a lease asks for. */
function segmentsOf({ task }: JobLease): number {
  if (task.kind !== 'encode') return SECONDS / 4
  const { segmentFrames, expectedFrames } = task.plan
  return Math.ceil(((task.chunk.endFrame ?? expectedFrames) - task.chunk.startFrame) / segmentFrames)
}
