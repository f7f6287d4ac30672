import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { JobLease } from '@avocet/shared/job'
import { begin, mediaSecondsOf, nameOf } from './activity.ts'
import type { EncodeId } from '@avocet/shared/ids'
import { remuxKey } from '@avocet/shared/objectKeys'
import { REMUX_PART_BYTES } from '@avocet/shared/remux'
import type { AgentApi } from './agentApi.ts'
import { asFailure, CredentialRefused, JobFailure, LeaseLost } from './failure.ts'
import { faultPoint } from './faultPoint.ts'
import { doubtClock } from './fitness.ts'
import type { HostEncoders } from './hostEncoders.ts'
import { keepLease } from './keepLease.ts'
import { log } from './log.ts'
import type { Tools } from './media/ffmpeg.ts'
import { probe } from './media/probe.ts'
import { framesMade, leasesLost } from './metrics.ts'
import type { OpenStore } from './objectStore/port.ts'
import type { OpenSource, Source, SourceServer } from './sourceServer.ts'
import { encodeAudio } from './steps/audio.ts'
import type { StepContext } from './steps/context.ts'
import { makeDownload } from './steps/download.ts'
import { encodeChunk } from './steps/encode.ts'
import { makeImages } from './steps/images.ts'
import { makePoster } from './steps/poster.ts'
import { remux } from './steps/remux.ts'
import { extractText } from './steps/text.ts'
import { verifySource } from './steps/verifySource.ts'

export interface JobRunner {
  api: AgentApi
  tools: Tools
  openStore: OpenStore
  sources: SourceServer
  scratchDir: string
  encoders: HostEncoders
  /** Aborts when the daemon stops; running jobs are then given back. */
  stopping: AbortSignal
}

/**
 * Runs one leased job to its end and reports it. Returns the lease to go straight on with, if the server gave one. Calls `encoded` when what
 * is left of a chunk is storing it.
 */
export async function runJob(runner: JobRunner, lease: JobLease, encoded: () => void): Promise<JobLease | null> {
  const { api, stopping } = runner
  const lost = new AbortController()
  const signal = AbortSignal.any([lost.signal, stopping])
  const activity = begin(lease)
  const stopBeating = keepLease(api, lease, () => ({ progress: activity.now.progress, speed: activity.now.speed }), lost)
  const scratchDir = join(runner.scratchDir, `${lease.id}-${lease.epoch}`)
  const store = runner.openStore(lease)
  const source = runner.sources.open({ ...sourceOf(lease), store, signal })
  const context: StepContext = {
    tools: runner.tools,
    lease,
    store,
    sourceUrl: source.url,
    checkSource: source.check,
    openStream: runner.sources.openStream,
    scratchDir,
    signal,
    encoders: runner.encoders,
    encoded() {
      activity.encoded()
      encoded()
    },
    progress: activity.progressed,
  }
  const begunAt = performance.now()
  const about = nameOf(lease)
  try {
    // Not recursive: then a read-only disk would be told as a missing folder.
    await mkdir(scratchDir)
    log.info({ ...about, waitedMs: lease.waitedMs }, 'job started')
    faultPoint(`${lease.task.kind}-claimed`)
    const next = await work(api, context)
    faultPoint(`${lease.task.kind}-committed`)
    activity.ended('done')
    const seconds = (performance.now() - begunAt) / 1000
    const media = mediaSecondsOf(lease)
    log.info({ ...about, seconds: round(seconds), ...(media > 0 ? { speed: round(media / seconds) } : {}) }, 'job done')
    return next
  } catch (error) {
    const why = lost.signal.aborted ? lost.signal.reason : causeOf(error, source)
    activity.ended(why instanceof LeaseLost ? 'lost' : stopping.aborted ? 'released' : 'failed')
    await report(runner, lease, why, scratchDir)
    return null
  } finally {
    stopBeating()
    source.close()
    // A disk that refuses this too is found out before the next claim; what stays is removed at the next start.
    await rm(scratchDir, { recursive: true, force: true }).catch((error) => log.warn({ ...about, error: String(error) }, 'scratch files were left behind'))
  }
}

const round = (value: number) => Math.round(value * 100) / 100

/** What a job reads: the source, or, for a chunk of a source that was copied, the copy. */
export function sourceOf({ encodeId, source, task }: JobLease): Pick<Source, 'key' | 'sizeBytes' | 'parts'> {
  const remuxed = task.kind === 'encode' ? task.plan.source.remuxed : undefined
  if (!remuxed) return source
  const parts = Array.from({ length: Math.ceil(remuxed.bytes / REMUX_PART_BYTES) }, (_, index) => ({
    key: remuxKey(encodeId as EncodeId, remuxed, index),
    sizeBytes: Math.min(REMUX_PART_BYTES, remuxed.bytes - index * REMUX_PART_BYTES),
  }))
  return { key: remuxKey(encodeId as EncodeId, remuxed, 0), sizeBytes: remuxed.bytes, parts }
}

async function work(api: AgentApi, context: StepContext): Promise<JobLease | null> {
  const { lease } = context
  const { task } = lease
  switch (task.kind) {
    case 'prepare': {
      if (task.sha256 !== undefined) await verifySource(context, task.sha256)
      const media = await probe(context.tools, context.sourceUrl, lease.source.sizeBytes, context.signal)
      context.checkSource()
      return api.commit(lease, { kind: 'prepare', media })
    }
    case 'encode': {
      const manifest = await encodeChunk(context, task)
      framesMade.inc({ encoder: task.encoder }, manifest.frames * task.rungs.length)
      faultPoint('encode-made')
      return api.commit(lease, { kind: 'encode', manifest })
    }
    case 'audio':
      await encodeAudio(context, task, async (manifest, final) => void (await api.commit(lease, { kind: 'audio', manifest, final })))
      return null
    case 'text':
      return api.commit(lease, { kind: 'text', tracks: await extractText(context, task) })
    case 'remux':
      return api.commit(lease, { kind: 'remux', bytes: await remux(context, task) })
    case 'download':
      return api.commit(lease, { kind: 'download', sizeBytes: await makeDownload(context, task) })
    case 'poster':
      return api.commit(lease, { kind: 'poster', image: await makePoster(context, task) })
    case 'images':
      return api.commit(lease, { kind: 'images', images: await makeImages(context, task) })
  }
}

/** What really went wrong: after a broken read of the source, whatever ffmpeg says of the file is not the file's fault. */
function causeOf(error: unknown, source: OpenSource): unknown {
  try {
    source.check()
    return error
  } catch (unreadable) {
    return unreadable
  }
}

async function report({ api, stopping }: JobRunner, lease: JobLease, error: unknown, scratchDir: string): Promise<void> {
  const about = nameOf(lease)
  if (error instanceof CredentialRefused) throw error
  if (error instanceof LeaseLost) {
    leasesLost.inc({ why: error.why })
    return log.info({ ...about, why: error.message }, 'job dropped')
  }
  try {
    if (stopping.aborted) {
      await api.release(lease)
      return log.info(about, 'job released')
    }
    const failure = asFailure(error)
    if (failure.reason === 'clock_skew') doubtClock()
    log.warn({ ...about, class: failure.class, reason: failure.reason, cause: describe(failure), ...(await filesAbout(failure, scratchDir)) }, 'job failed')
    await api.fail(lease, { class: failure.class, reason: failure.reason, message: failure.message.slice(0, 500) })
  } catch (reporting) {
    log.warn({ ...about, error: String(reporting) }, 'job could not be reported')
  }
}

/** Where a disk failed, and what was there. */
async function filesAbout({ reason }: JobFailure, folder: string): Promise<{ folder?: string; files?: string[] }> {
  if (!reason.startsWith('disk_')) return {}
  return { folder, files: await readdir(folder).catch(() => []) }
}

/** The technical cause, for the host's own log. */
function describe(failure: JobFailure): string {
  const { cause } = failure
  return String(cause instanceof Error ? (cause.stack ?? cause.message) : (cause ?? '')).slice(-2000)
}
