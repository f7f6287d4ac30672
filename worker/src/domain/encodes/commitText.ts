import { Fault, missing } from '@avocet/shared/fault'
import type { Job } from '../jobs/job.ts'
import { done } from '../jobs/lease.ts'
import type { Deps } from '../ports.ts'
import { type SourceText, tracksFromSource } from '../tracks/tracksFromSource.ts'

/** Publishes the subtitles found in a source as tracks of its videos. Text that is no WebVTT after all is left out. */
export async function commitText(deps: Deps, job: Job, found: readonly { index: number; vtt: string }[]): Promise<void> {
  const encode = (await deps.encodes.find(job.encodeId)) ?? missing('encode')
  const subtitles = (await deps.assets.find(encode.assetId))?.media?.subtitles ?? []
  // A forced stream holds a few lines beside a full one of its language.
  const ordered = [...subtitles].sort((a, b) => Number(a.isForced) - Number(b.isForced) || a.index - b.index)
  const texts: SourceText[] = []
  for (const { index, language, title } of ordered) {
    const vtt = await cleanOrNull(deps, found.find((one) => one.index === index)?.vtt)
    if (vtt) texts.push({ kind: 'subtitles', language, label: title, vtt })
  }
  await deps.commit([deps.jobs.settle(job, done(deps.now())), ...(await tracksFromSource(deps, encode.assetId, texts))])
}

async function cleanOrNull(deps: Deps, text: string | undefined): Promise<string | null> {
  try {
    return text === undefined ? null : (await deps.captions.toCleanVtt(text)).vtt
  } catch (error) {
    if (error instanceof Fault) return null
    throw error
  }
}
