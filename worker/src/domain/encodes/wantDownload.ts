import type { Deps, Write } from '../ports.ts'
import { downloadJob } from './downloadJob.ts'
import type { Encode } from './encode.ts'

/** What makes the MP4 file of a ready encode that has none, unless work on it is under way. One that is not ready gets it at its end. */
export async function wantDownload(deps: Deps, encode: Encode | null): Promise<Write[]> {
  if (encode?.state !== 'ready' || encode.download) return []
  const begun = (await deps.jobs.listByEncode(encode.id)).some(({ kind, state }) => kind === 'download' && (state === 'queued' || state === 'leased'))
  // Saved, it is looked through for leftovers again once this work has ended.
  return begun ? [] : [deps.jobs.add(downloadJob(deps, encode)), deps.encodes.save(encode)]
}
