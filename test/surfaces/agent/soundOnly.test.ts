import { expect, test } from 'vitest'
import type { JobLease } from '../../../shared/src/job.ts'
import type { EncodeId } from '../../../shared/src/ids.ts'
import { enrol, queuedVideo } from '../../support/fleet.ts'
import { manifest, media } from '../../support/handIn.ts'
import { deps, tenant } from '../../support/site.ts'

test('J20: sound alone becomes ready, and its poster is asked of an agent', async () => {
  const agent = await enrol()
  await queuedVideo(await tenant())
  const lease = (await agent.claim('prepare'))!
  const { next } = await (await agent.commit(lease, { kind: 'prepare', media: { ...media(20), video: null } })).json<{ next: JobLease }>()
  expect(next.task).toMatchObject({ kind: 'audio', stream: { name: 'a0' } })
  expect((await agent.commit(next, { kind: 'audio', manifest: manifest(next, 5), final: true })).status).toBe(200)
  const images = (await agent.claim('images'))!
  expect(images.task).toMatchObject({ kind: 'images', highest: null, smallest: null, keys: null })
  const poster = { width: 1280, height: 720, bytes: 5000 }
  expect((await agent.commit(images, { kind: 'images', images: { epoch: images.epoch, poster, storyboard: null } })).status).toBe(200)
  expect(await deps.encodes.find(lease.encodeId as EncodeId)).toMatchObject({ state: 'ready', images: { poster } })
})
