/** Hosts that encode nothing: they speak the protocol to the real Worker, wait as long as encoding would take, and hand in made-up manifests. */
import { PROTOCOL } from '../../../shared/src/agent.ts'
import type { ChunkManifest, MediaInfo } from '../../../shared/src/encode.ts'
import type { JobKind, JobLease } from '../../../shared/src/job.ts'

export interface FakeAgent {
  claim(kinds: readonly JobKind[], waitSeconds: number): Promise<JobLease | null>
  commit(lease: JobLease, result: unknown): Promise<JobLease | null>
}

export async function enrolAgent(url: URL, operatorToken: string, name: string): Promise<FakeAgent> {
  const post = async (path: string, bearer: string, body: unknown) => {
    const answer = await fetch(new URL(`/agent/v1/${path}`, url), { method: 'POST', headers: { Authorization: `Bearer ${bearer}` }, body: JSON.stringify(body) })
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
    return (await answer.json()) as never
  }
  const { code } = (await post('enrolments', operatorToken, {})) as { code: string }
  const capabilities = { encoders: [{ name: 'libx264', maxWidth: 8192, maxHeight: 8192 }], decodesOnGpu: false, ffmpegVersion: 'none', cpuCount: 1, gpu: null }
  const { credential } = (await post('register', '', { protocol: PROTOCOL, name, bootId: crypto.randomUUID(), enrolmentCode: code, capabilities })) as { credential: string }
  return {
    claim: async (kinds, waitSeconds) => ((await post(`jobs/claim?wait=${waitSeconds}`, credential, { kinds })) as { lease: JobLease | null }).lease,
    commit: async (lease, result) => ((await post(`jobs/${lease.id}/commit`, credential, { epoch: lease.epoch, result })) as { next: JobLease | null }).next,
  }
}

/** Facts of a silent 720p30 source of so many seconds. */
export const facts = (seconds: number): MediaInfo => ({
  container: 'mp4',
  durationSeconds: seconds,
  sizeBytes: 1,
  bitrateBps: null,
  indexed: true,
  video: {
    codec: 'h264', profile: 'High', codedWidth: 1280, codedHeight: 720, width: 1280, height: 720, rotation: 0, frameRate: { num: 30, den: 1 },
    variableFrameRate: false, interlaced: false, pixelFormat: 'yuv420p', bitDepth: 8, transfer: 'sdr', durationSeconds: seconds,
  },
  audio: [],
  subtitles: [],
  chapters: [],
})

export function secondsOf({ task }: JobLease): number {
  if (task.kind !== 'encode') return 0
  return ((task.chunk.endFrame ?? task.plan.expectedFrames) - task.chunk.startFrame) / 30
}

/** What a real host would hand in for this lease, in size and form. */
export function madeUp(lease: JobLease): { kind: 'encode'; manifest: ChunkManifest } {
  const { task } = lease
  if (task.kind !== 'encode') throw new Error('no encode')
  const frames = secondsOf(lease) * 30
  const segments = Array.from({ length: Math.ceil(frames / 120) }, (_, at) => ({ duration: Math.min(120, frames - at * 120) * 512, bytes: 1_000_000, sha256: 'b'.repeat(64) }))
  const output = { codecs: 'avc1.64001f', timescale: 15360, initSha256: 'a'.repeat(64), initBytes: 700, segments }
  return { kind: 'encode', manifest: { epoch: lease.epoch, frames, renditions: Object.fromEntries(task.rungs.map(({ name }) => [name, output])) } }
}
