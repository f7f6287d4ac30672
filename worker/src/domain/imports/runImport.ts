import { Fault } from '@avocet/shared/fault'
import type { Deps } from '../ports.ts'
import { finishUpload, isStalled } from '../uploads/finishUpload.ts'
import { demandOpen } from '../uploads/uploadState.ts'
import { endImport } from './endImport.ts'
import { fetchChunks } from './fetchChunks.ts'
import { type Import, type ImportId, importWait, MOST_TRIES } from './import.ts'
import { measureSource } from './measureSource.ts'

/** A run that died is taken over after this long. */
const LEASE_MS = 15 * 60_000

/**
 * Brings an import forward by one run; for its importer alone, which runs one at a time. What it got stays got, whatever happens.
 * Answers when to run again, or null when the import has ended or waits for another hour.
 */
export async function runImport(deps: Deps, id: ImportId): Promise<number | null> {
  const due = await deps.imports.findAny(id)
  if (due?.state !== 'fetching') return null
  if (due.nextAttemptAt > deps.now()) return due.nextAttemptAt
  let ingest: Import = { ...due, nextAttemptAt: deps.now() + LEASE_MS }
  let fresh = 0
  try {
    await deps.commit([deps.imports.save(ingest)])
    ingest = { ...ingest, version: ingest.version + 1 }
    const done = await bringForward(deps, ingest, {
      measured: (now) => (ingest = now),
      kept: () => fresh++,
    })
    const now = deps.now()
    await deps.commit([deps.imports.save(done ? { ...ingest, state: 'completed', tries: 0, endedAt: now } : { ...ingest, tries: 0, nextAttemptAt: now })])
    return done ? null : now
  } catch (error) {
    return settle(deps, ingest, error, fresh > 0)
  }
}

/** Whether the source is whole and its video made. */
async function bringForward(deps: Deps, ingest: Import, seen: { measured(ingest: Import): void; kept(): void }): Promise<boolean> {
  let held = ingest
  let upload = ingest.uploadId === null ? null : await deps.uploads.find(ingest.accountId, ingest.uploadId)
  if (upload?.state === 'completed') return true
  if (!upload) {
    const begun = await measureSource(deps, ingest)
    ;({ ingest: held, upload } = begun)
    seen.measured(held)
  }
  if (!isStalled(upload, deps.now())) {
    demandOpen(upload)
    const received = new Set((await deps.uploads.parts(upload.id)).map(({ chunkIndex }) => chunkIndex))
    const missing = Array.from({ length: upload.chunkCount }, (_, index) => index).filter((index) => !received.has(index))
    await fetchChunks(deps, held, upload, missing, seen.kept)
    if (held.ranges && (await deps.uploads.parts(upload.id)).length < upload.chunkCount) return false
  }
  await finishUpload(deps, upload)
  return true
}

/** What may be otherwise later is tried again, with patience; anything else ends the import. */
async function settle(deps: Deps, ingest: Import, error: unknown, progressed: boolean): Promise<number | null> {
  const current = await deps.imports.findAny(ingest.id)
  // Cancelled, deleted, or begun anew by its owner meanwhile.
  if (current?.state !== 'fetching' || current.version !== ingest.version) return current?.state === 'fetching' ? deps.now() : null
  if (!(error instanceof Fault)) console.error(JSON.stringify({ level: 'error', message: `import ${ingest.id}: ${error}` }))
  const fault = error instanceof Fault ? error : new Fault('internal', 'Something went wrong on our side.')
  const tries = progressed ? 1 : ingest.tries + 1
  const passing = ['unavailable', 'internal', 'conflict'].includes(fault.code) && fault.details.reason !== 'video_has_source'
  if (!passing || tries > MOST_TRIES) {
    await endImport(deps, current, 'failed', { reason: fault.details.reason ?? fault.code, message: fault.message })
    return null
  }
  const random = new DataView(deps.crypto.randomBytes(4).buffer).getUint32(0) / 2 ** 32
  const nextAttemptAt = deps.now() + importWait(tries, (fault.details.retryAfterSeconds ?? 0) * 1000, random)
  await deps.commit([
    deps.imports.save({ ...current, tries, nextAttemptAt, errorReason: fault.details.reason ?? fault.code, errorMessage: fault.message }),
  ])
  return nextAttemptAt
}
