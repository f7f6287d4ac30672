import { beforeEach, expect, test } from 'vitest'
import type { MediaInfo } from '../../../shared/src/encode.ts'
import type { JobLease } from '../../../shared/src/job.ts'
import { failEncode } from '../../../worker/src/domain/encodes/failEncode.ts'
import { enrol, queuedVideo, type TestAgent } from '../../support/fleet.ts'
import { manifest, media } from '../../support/handIn.ts'
import { call, deps, type Tenant, tenant } from '../../support/site.ts'

let [agent, mine] = [null as unknown as TestAgent, null as unknown as Tenant]
beforeEach(async () => {
  agent = await enrol('libsvtav1')
  mine = await tenant()
  for (let lease = await agent.claim('prepare', 'encode', 'audio', 'images', 'text'); lease; lease = await agent.claim('prepare', 'encode', 'audio', 'images', 'text')) {
    await failEncode(deps, lease.encodeId as never, { reason: 'test', message: 'Cleared away.' }, [])
  }
})

const tall = (seconds: number): MediaInfo => {
  const facts = media(seconds)
  return { ...facts, video: { ...facts.video!, codedWidth: 1920, codedHeight: 1080, width: 1920, height: 1080 } }
}

/** Uploads, prepares, and returns the lease that came with the plan. */
async function begin(facts: MediaInfo): Promise<{ id: string; first: JobLease }> {
  const video = await queuedVideo(mine)
  const prepare = (await agent.claim('prepare'))!
  const { next } = await (await agent.commit(prepare, { kind: 'prepare', media: facts })).json<{ next: JobLease }>()
  return { id: video.id, first: next }
}

/** Does all picture and sound work that is queued. */
async function encodeAll(first: JobLease): Promise<void> {
  for (let lease: JobLease | null = first; lease; lease = await agent.claim('encode', 'audio')) await finish(lease)
}

async function finish(lease: JobLease): Promise<void> {
  const { task } = lease
  const made =
    task.kind === 'encode'
      ? { kind: 'encode', manifest: manifest(lease, ((task.chunk.endFrame ?? task.plan.expectedFrames) - task.chunk.startFrame) / 120) }
      : { kind: 'audio', manifest: manifest(lease, 5), final: true }
  expect((await agent.commit(lease, made)).status).toBe(200)
}

const shown = async (id: string) => (await call(`/api/v1/videos/${id}`, { key: mine.key })).json<Record<string, unknown> & { renditions: { name: string }[] }>()
const setCodecs = (...codecs: string[]) => call('/api/v1/settings', { method: 'PUT', key: mine.key, body: JSON.stringify({ encode_codecs: codecs }) })
const rungsOf = ({ task }: JobLease) => (task.kind === 'encode' ? task.rungs.map(({ name }) => name) : [])

test('a tall ladder plays with its low rungs alone; the high ones of the first chunk come next', async () => {
  const { id, first } = await begin(tall(8))
  expect(rungsOf(first)).toEqual(['v480', 'v360', 'v240'])
  await finish((await agent.claim('audio'))!)
  await finish(first)
  expect(await shown(id)).toMatchObject({ playable: true, status: 'processing' })
  const second = (await agent.claim('encode'))!
  expect(rungsOf(second)).toEqual(['v1080', 'v720'])
  await encodeAll(second)
  expect(await shown(id)).toMatchObject({ status: 'ready', progress: 1 })
})

test('an account that asks for AV1 gets its rungs where a host proved the encoder, behind all H.264', async () => {
  expect((await setCodecs('h264', 'hevc', 'av1')).status).toBe(200)
  const { id, first } = await begin(media(20))
  expect((await shown(id)).renditions.map(({ name }) => name)).toEqual(['v360', 'v240', 'v360a'])
  const order = [first]
  for (let lease = await agent.claim('encode'); lease; lease = await agent.claim('encode')) order.push(lease)
  expect(order.map(rungsOf)).toEqual([['v360', 'v240'], ['v360', 'v240'], ['v360', 'v240'], ['v360a'], ['v360a'], ['v360a']])
})

test('codecs without H.264, or twice, are refused', async () => {
  for (const codecs of [['av1'], ['h264', 'h264'], []]) expect((await setCodecs(...codecs)).status).toBe(400)
})

test('AV1 that cannot be made is left out with a warning; the video becomes ready without it', async () => {
  await setCodecs('h264', 'av1')
  const { id, first } = await begin(media(20))
  for (let lease: JobLease | null = first; lease; lease = await agent.claim('encode', 'audio')) {
    const { task } = lease
    if (task.kind !== 'encode' || task.encoder !== 'libsvtav1') await finish(lease)
    else await agent.post(`jobs/${lease.id}/fail`, { epoch: lease.epoch, class: 'permanent', reason: 'encoder_failed', message: 'No.' })
  }
  const video = await shown(id)
  expect(video).toMatchObject({ status: 'ready', warnings: [{ code: 'encoder_failed', message: 'No.' }] })
  expect(video.renditions.map(({ name }) => name)).toEqual(['v360', 'v240'])
})

test('sound that cannot be decoded is left out with a warning; sound that only hosts failed on fails the video', async () => {
  const verdicts = [['permanent', 'ready'], ['crash', 'failed']] as const
  for (const [failure, status] of verdicts) {
    const { id, first } = await begin(media(8))
    const report = async (one: TestAgent) => {
      const sound = (await one.claim('audio'))!
      await one.post(`jobs/${sound.id}/fail`, { epoch: sound.epoch, class: failure, reason: 'sound_unreadable', message: 'The sound cannot be decoded.' })
    }
    await report(agent)
    if (failure === 'crash') {
      await new Promise((resolve) => setTimeout(resolve, 2_100))
      await report(await enrol())
    } else await encodeAll(first)
    expect((await shown(id)).status).toBe(status)
  }
})

test('chapters and text subtitles of a file become tracks, once', async () => {
  const text = { codec: 'subrip', title: null, isDefault: true, isForced: false }
  const { id, first } = await begin({
    ...media(8),
    chapters: [{ startSeconds: 0, endSeconds: 4, title: 'Start' }],
    subtitles: [{ ...text, index: 0, language: 'de', isForced: true }, { ...text, index: 1, language: 'de' }, { ...text, index: 2, language: 'xx-bad tag' }],
  })
  expect(first.task.kind).toBe('encode')
  const lease = (await agent.claim('text'))!
  expect(lease.task).toMatchObject({ kind: 'text', subtitles: [{ index: 0 }, { index: 1 }, { index: 2 }] })
  const cue = (words: string) => `WEBVTT\n\n00:00:00.000 --> 00:00:01.000\n${words}\n`
  const tracks = [{ index: 0, vtt: cue('forced') }, { index: 1, vtt: cue('full') }, { index: 2, vtt: 'no cues at all' }]
  expect((await agent.commit(lease, { kind: 'text', tracks })).status).toBe(200)
  const stored = await deps.tracks.listByVideo(mine.accountId, id)
  expect(stored.map(({ kind, language }) => `${kind} ${language}`).sort()).toEqual(['chapters und', 'subtitles de'])
  const german = stored.find(({ kind }) => kind === 'subtitles')!
  expect(await new Response((await deps.objects.get(german.objectKey))!.body).text()).toContain('full')
})
