import { expect, test } from 'vitest'
import type { Actor } from '../actor.ts'
import type { Deps } from '../ports.ts'
import type { Upload } from './upload.ts'
import { demandOpen, findUpload } from './uploadState.ts'

const upload = { id: 'upl_1', accountId: 'acc_1', videoId: 'vid_1', state: 'open', uploadTokenId: 'utk_1' } as unknown as Upload
const find = (actor: Partial<Actor>, id = 'upl_1') =>
  findUpload({ uploads: { find: async (account: string, wanted: string) => (account === 'acc_1' && wanted === 'upl_1' ? upload : null) } } as unknown as Deps, { accountId: 'acc_1', kind: 'apiKey', ...actor } as Actor, id)

test('U14: an upload is there for its account, and for the upload token that began it; for all others it is not', async () => {
  expect(await find({})).toBe(upload)
  expect(await find({ kind: 'uploadToken', subjectId: 'utk_1' as never })).toBe(upload)
  for (const [actor, id] of [[{ kind: 'uploadToken', subjectId: 'utk_2' }, 'upl_1'], [{ accountId: 'acc_2' }, 'upl_1'], [{}, 'upl_2'], [{ kind: 'uploadToken', subjectId: 'utk_1' }, 'upl_2']] as [Partial<Actor>, string][])
    await expect(find(actor, id)).rejects.toMatchObject({ code: 'not_found', details: { reason: 'upload_not_found' } })
})

test.each<[Upload['state'], string, object]>([
  ['completing', 'conflict', { reason: 'upload_completing', retryAfterSeconds: 2 }],
  ['completed', 'conflict', { reason: 'upload_completed', extra: { video_id: 'vid_1' } }],
  ['aborted', 'gone', { reason: 'upload_aborted' }],
  ['expired', 'gone', { reason: 'upload_expired' }],
  ['failed', 'gone', { reason: 'upload_failed' }],
])('U26: an upload that is %s takes no more: %s', (state, code, details) => {
  let said: unknown = null
  try {
    demandOpen({ ...upload, state })
  } catch (error) {
    said = error
  }
  expect(said).toMatchObject({ code, details })
})

test('an open upload takes more', () => expect(demandOpen(upload)).toBeUndefined())
