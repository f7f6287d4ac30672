/**
 * Uploads against a small model of them: whatever clients do, in whatever order, while clocks jump and stores fail, the object is the
 * source or there is none; the quota is the sum of what lives; every open upload can be resumed or says why not; and what was
 * acknowledged is never lost.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Fault } from '../../../../shared/src/fault.ts'
import type { UploadId } from '../../../../shared/src/ids.ts'
import { sourceKey } from '../../../../shared/src/objectKeys.ts'
import { type Actor, SCOPES } from '../../../../worker/src/domain/actor.ts'
import { abortUpload } from '../../../../worker/src/domain/uploads/abortUpload.ts'
import { completeUpload } from '../../../../worker/src/domain/uploads/completeUpload.ts'
import { expireUploads } from '../../../../worker/src/domain/uploads/expireUploads.ts'
import { getUpload } from '../../../../worker/src/domain/uploads/getUpload.ts'
import { initUpload } from '../../../../worker/src/domain/uploads/initUpload.ts'
import { putChunk } from '../../../../worker/src/domain/uploads/putChunk.ts'
import { repairUploads } from '../../../../worker/src/domain/uploads/repairUploads.ts'
import { deps, type Tenant, tenant } from '../../../support/site.ts'
import { type Store, type TroubledSite, troubledSite } from '../../../support/troubled.ts'
import { CHUNK, file, MEDIA, sha256 } from './support.ts'

const SIZES = [10, CHUNK + 10] as const
const SOURCES = SIZES.map((size, at) => file(size, at + 1))
const DIGESTS = await Promise.all(SOURCES.map(sha256))
const HOUR = 3_600_000

/** What the client knows: the acknowledged chunks, and whether the end was acknowledged. */
interface Known {
  id: UploadId
  kind: 0 | 1
  acknowledged: Set<number>
  ended: 'completed' | 'aborted' | null
}
interface Model {
  uploads: Known[]
}
interface Real {
  owner: Tenant
  actor: Actor
  site: TroubledSite
  ahead: number
  /** Kept by the fc.commands runner. */
  log: string[]
}
type Step = fc.AsyncCommand<Model, Real>

/** A refusal is an answer; anything else is a defect. */
async function answered<T>(work: Promise<T>): Promise<T | Fault> {
  try {
    return await work
  } catch (error) {
    if (error instanceof Fault) return error
    throw error
  }
}
const isFault = (answer: unknown): answer is Fault => answer instanceof Fault
const reasonOf = (answer: unknown) => (isFault(answer) ? (answer.details.reason ?? answer.code) : 'well')
const pick = (model: Model, nth: number) => model.uploads[nth % model.uploads.length]!

function step(name: string, run: (model: Model, real: Real) => Promise<void>, needsOne = true): Step {
  return {
    check: ({ uploads }) => !needsOne || uploads.length > 0,
    async run(model, real) {
      real.log.push(name)
      await run(model, real)
      // A failure that nothing met yet stays for the next; what holds must hold meanwhile.
      await invariants(model, real)
    },
    toString: () => name,
  }
}

const init = (kind: 0 | 1) =>
  step(`init(${SIZES[kind]})`, async (model, { site, actor }) => {
    const made = await answered(initUpload(site.deps, actor, { filename: 'a.mp4', sizeBytes: SIZES[kind] }))
    if (!isFault(made)) model.uploads.push({ id: made.id, kind, acknowledged: new Set(), ended: null })
  }, false)

const put = (nth: number, index: number, how: 'whole' | 'cut' | 'other') =>
  step(`put(${nth}, ${index}, ${how})`, async (model, { site, actor }) => {
    const known = pick(model, nth)
    const source = SOURCES[known.kind]!
    if (index * CHUNK >= source.length) return
    const bytes = source.slice(index * CHUNK, (index + 1) * CHUNK)
    const sent = how === 'other' ? bytes.map((byte) => byte ^ 1) : bytes
    const body = how === 'cut' ? cutBody(sent) : new Response(sent).body
    // Damaged on the way: the sender's digest tells.
    const digest = await sha256(bytes)
    const answer = await putChunk(site.deps, actor, known.id, { index, body, sizeBytes: bytes.length, sha256: digest }).catch((error) => (how === 'cut' ? null : Promise.reject(error))).then((stored) => stored, (error) => (error instanceof Fault ? error : Promise.reject(error)))
    if (how !== 'whole') expect(answer === null || isFault(answer)).toBe(true)
    else if (!isFault(answer) && answer) {
      expect(known.ended).toBeNull()
      known.acknowledged.add(index)
    }
    if (known.ended === 'completed') expect(['upload_completed', 'storage_unavailable', 'well']).toContain(reasonOf(answer))
  })

const complete = (nth: number) =>
  step(`complete(${nth})`, async (model, { site, actor, owner }) => {
    const known = pick(model, nth)
    const answer = await answered(completeUpload(site.deps, actor, known.id))
    if (isFault(answer)) {
      expect(known.ended === 'completed' && answer.code !== 'unavailable').toBe(false)
      return
    }
    expect(known.ended).not.toBe('aborted')
    known.ended = 'completed'
    const { assetId } = (await deps.uploads.find(owner.accountId, known.id))!
    expect(await sha256((await MEDIA.get(sourceKey(assetId)))!.body)).toBe(DIGESTS[known.kind])
  })

const abort = (nth: number) =>
  step(`abort(${nth})`, async (model, { site, actor }) => {
    const known = pick(model, nth)
    const answer = await answered(abortUpload(site.deps, actor, known.id))
    if (!isFault(answer)) {
      expect(known.ended).not.toBe('completed')
      known.ended = 'aborted'
    }
  })

/** Time goes on, and housekeeping with it. */
const wait = (hours: number) =>
  step(`wait(${hours} h)`, async (_, real) => {
    real.ahead += hours * HOUR
    await answered(repairUploads(real.site.deps, 50))
    await answered(expireUploads(real.site.deps, 50))
  }, false)

const fail = (store: Store, when: 'before' | 'after', skip: number) =>
  step(`fail(${store} ${when} ${skip})`, async (_, { site }) => {
    site.next = { store, when, skip }
  }, false)

function cutBody(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let sent = false
  return new ReadableStream({
    pull(controller) {
      if (sent) return controller.error(new Error('the sender went away'))
      sent = true
      controller.enqueue(bytes.slice(0, Math.ceil(bytes.length / 2)))
    },
  })
}

async function invariants(model: Model, { owner, actor, site }: Real): Promise<void> {
  const well = { ...deps, now: site.deps.now }
  let [used, reserved] = [0, 0]
  const rows = await everyUpload(owner)
  for (const upload of rows) {
    if (upload.state === 'completed') used += upload.sizeBytes
    if (upload.state === 'open' || upload.state === 'completing') reserved += upload.sizeBytes
  }
  const account = (await deps.accounts.find(owner.accountId))!
  expect([account.storageUsedBytes, account.storageReservedBytes]).toEqual([used, reserved])
  for (const known of model.uploads) {
    const { upload, missing, receivedCount } = await getUpload(well, actor, known.id)
    // What was acknowledged is there, for as long as the upload lives.
    if (upload.state === 'open' || upload.state === 'completing') expect(missing.filter((index) => known.acknowledged.has(index))).toEqual([])
    if (upload.state === 'open') expect(receivedCount + missing.length).toBe(upload.chunkCount)
    if (known.ended) expect(upload.state).toBe(known.ended)
    const object = await MEDIA.head(sourceKey(upload.assetId))
    if (upload.state === 'completed') expect(object?.size).toBe(SIZES[known.kind])
    if (upload.state === 'aborted' || upload.state === 'expired') expect(object).toBeNull()
  }
}

/** Also those whose init was answered with a failure. */
async function everyUpload({ accountId }: Tenant): Promise<{ state: string; sizeBytes: number }[]> {
  const { env } = await import('cloudflare:workers')
  const { results } = await (env as unknown as { DB: D1Database }).DB.prepare('SELECT state, size_bytes AS sizeBytes FROM uploads WHERE account_id = ?').bind(accountId).all<{ state: string; sizeBytes: number }>()
  return results
}

const nth = fc.nat(2)
const steps = [
  fc.constantFrom(0 as const, 1 as const).map(init),
  fc.tuple(nth, fc.nat(1), fc.constantFrom('whole' as const, 'whole' as const, 'whole' as const, 'cut' as const, 'other' as const)).map(([upload, index, how]) => put(upload, index, how)),
  fc.tuple(nth, fc.nat(1)).map(([upload, index]) => put(upload, index, 'whole')),
  nth.map(complete),
  nth.map(abort),
  fc.constantFrom(1, 2, 25).map(wait),
  fc.tuple(fc.constantFrom<Store>('D1', 'R2'), fc.constantFrom('before' as const, 'after' as const), fc.nat(2)).map(([store, when, skip]) => fail(store, when, skip)),
]

test('whatever is done with uploads, in whatever order, while stores fail: objects are their sources, quotas are sums, nothing acknowledged is lost', async () => {
  await fc.assert(
    fc.asyncProperty(fc.commands(steps, { maxCommands: 14 }), async (commands) => {
      const owner = await tenant()
      const actor: Actor = { kind: 'apiKey', accountId: owner.accountId, scopes: SCOPES, subjectId: deps.newId('apiKey'), rateLimits: null, siteAdmin: false }
      const real: Real = { owner, actor, site: null as unknown as TroubledSite, ahead: 0, log: [] }
      real.site = troubledSite(() => Date.now() + real.ahead)
      const model: Model = { uploads: [] }
      await fc.asyncModelRun(() => ({ model, real }), commands)
      // All is well again: each upload that lives is resumed, sending only what is missing, to its end.
      ;[real.site.next, real.ahead] = [null, real.ahead + 60_000]
      await repairUploads(real.site.deps, 50)
      for (const known of model.uploads) {
        const { upload, missing } = await getUpload(real.site.deps, actor, known.id)
        if (upload.state !== 'open') continue
        const source = SOURCES[known.kind]!
        for (const index of missing) {
          const bytes = source.slice(index * CHUNK, (index + 1) * CHUNK)
          await putChunk(real.site.deps, actor, known.id, { index, body: new Response(bytes).body, sizeBytes: bytes.length, sha256: null })
        }
        await completeUpload(real.site.deps, actor, known.id)
        known.ended = 'completed'
        expect(await sha256((await MEDIA.get(sourceKey(upload.assetId)))!.body)).toBe(DIGESTS[known.kind])
      }
      await invariants(model, real)
    }),
    { numRuns: 20, endOnFailure: true },
  )
}, 180_000)
