import { and, asc, count, eq, getTableColumns, inArray, isNotNull, lt, or, sql } from 'drizzle-orm'
import type { AgentId, JobId } from '@avocet/shared/ids'
import type { Job } from '../../domain/jobs/job.ts'
import type { JobStore } from '../../domain/fleet.ts'
import { jobs } from './schema.ts'
import { type Db, guarded, write } from './write.ts'

/** A statement takes at most 100 bound parameters (D1); a job has 21 columns and 4 for its rank. */
const ROWS_PER_INSERT = 4

/**
 * Accounts take turns inside a priority class: a job's rank is one more than its account's last, but not before the turn that is on now, the
 * lowest rank queued. So a thousand videos of one account delay another's single one by one job, and nobody gains by waiting. `place` is
 * the row's in its INSERT, which sees none of its own rows.
 */
const rankOf = ({ accountId, priority }: Job, place: number) => sql`${place} + max(
  coalesce((SELECT max(q.rank) + 1 FROM jobs q WHERE q.state = 'queued' AND q.account_id = ${accountId} AND q.priority = ${priority}), 0),
  coalesce((SELECT min(q.rank) FROM jobs q WHERE q.state = 'queued' AND q.priority = ${priority}), 0))`

/** A job that crashed an agent goes elsewhere while there is an elsewhere. */
const notCrashedOn = (agentId: AgentId, now: number) =>
  sql`(q.crashes NOT LIKE ${`%${agentId}%`} OR (SELECT count(*) FROM agents WHERE last_seen_at > ${now - 120_000}) < 2)`

const byTurn = (a: Job, b: Job) => a.priority - b.priority || a.createdAt - b.createdAt || a.chunkIndex - b.chunkIndex

export function jobStore(db: Db): JobStore {
  const held = (job: Job) => and(eq(jobs.id, job.id), eq(jobs.state, 'leased'), eq(jobs.epoch, job.epoch), eq(jobs.agentId, job.agentId!))
  const cancelled = (at: number) => ({ state: 'cancelled' as const, finishedAt: at, leaseUntil: null })
  const alive = inArray(jobs.state, ['queued', 'leased'])

  const withVersion = { ...getTableColumns(jobs), encodeVersion: sql<number>`(SELECT e.version FROM encodes e WHERE e.id = jobs.encode_id)` }

  return {
    find: async (id) => (await db.select(withVersion).from(jobs).where(eq(jobs.id, id as JobId)).get()) ?? null,
    async claim({ agentId, kinds, abilities, now, leaseUntil }) {
      // The head of each queue this agent may take from, then the best of them: one row each, whatever waits behind or beside it.
      const queues = JSON.stringify(kinds.flatMap((kind) => [null, ...abilities].map((need) => [kind, need])))
      const best = sql`(SELECT j.id FROM json_each(${queues}) AS queue JOIN jobs j ON j.id = (
          SELECT q.id FROM jobs q WHERE q.state = 'queued' AND q.kind = queue.value ->> 0 AND q.needs IS queue.value ->> 1 AND q.run_after <= ${now}
          AND ${notCrashedOn(agentId, now)} ORDER BY q.priority, q.rank, q.created_at, q.chunk_index, q.id LIMIT 1)
        ORDER BY j.priority, j.rank, j.created_at, j.chunk_index, j.id LIMIT 1)`
      const rows = await db
        .update(jobs)
        .set({ state: 'leased', agentId, leaseUntil, epoch: sql`${jobs.epoch} + 1`, progress: 0, speed: 0 })
        .where(and(eq(jobs.state, 'queued'), sql`${jobs.id} = ${best}`))
        .returning(withVersion)
      return rows[0] ?? null
    },
    async renew(id, agentId, epoch, leaseUntil, { progress, speed }) {
      const rows = await db
        .update(jobs)
        .set({ leaseUntil, progress, speed })
        .where(and(eq(jobs.id, id), eq(jobs.agentId, agentId), eq(jobs.epoch, epoch), eq(jobs.state, 'leased')))
        .returning()
      return rows[0] ?? null
    },
    add(...added) {
      const ordered = [...added].sort(byTurn)
      const statements = []
      for (let at = 0; at < ordered.length; at += ROWS_PER_INSERT) {
        const rows = ordered.slice(at, at + ROWS_PER_INSERT).map((job, place) => ({ ...job, rank: rankOf(job, place) }))
        statements.push(db.insert(jobs).values(rows))
      }
      return write(...statements)
    },
    settle: (job, changes) => guarded(db, db.update(jobs).set(changes).where(held(job))),
    fence: (job) => guarded(db, db.update(jobs).set({ leaseUntil: job.leaseUntil }).where(held(job))),
    cancelByEncode: (encodeId, at) => write(db.update(jobs).set(cancelled(at)).where(and(eq(jobs.encodeId, encodeId), alive))),
    cancelStream: (encodeId, stream, at) =>
      write(db.update(jobs).set(cancelled(at)).where(and(eq(jobs.encodeId, encodeId), eq(jobs.stream, stream), alive))),
    cancelByAsset: (assetId, at) =>
      write(
        db
          .update(jobs)
          .set(cancelled(at))
          .where(and(sql`${jobs.encodeId} IN (SELECT e.id FROM encodes e WHERE e.asset_id = ${assetId})`, alive)),
      ),
    listLapsed: (now, limit) => db.select().from(jobs).where(and(eq(jobs.state, 'leased'), lt(jobs.leaseUntil, now))).limit(limit),
    listBeginning: (encodeId) => db.select().from(jobs).where(and(eq(jobs.encodeId, encodeId), eq(jobs.chunkIndex, 0))),
    countLeased: () =>
      db
        .select({ agentId: sql<AgentId>`${jobs.agentId}`, jobs: count(), speed: sql<number>`total(${jobs.speed})` })
        .from(jobs)
        .where(eq(jobs.state, 'leased'))
        .groupBy(jobs.agentId),
    listStranded: (abilities, before, limit) =>
      db
        .select()
        .from(jobs)
        .where(
          and(
            eq(jobs.state, 'queued'),
            isNotNull(jobs.needs),
            lt(jobs.runAfter, before),
            sql`${jobs.needs} NOT IN (SELECT value FROM json_each(${JSON.stringify(abilities)}))`,
          ),
        )
        .limit(limit),
    listLeasedBy: (agentId) => db.select().from(jobs).where(and(eq(jobs.state, 'leased'), eq(jobs.agentId, agentId))),
    listByEncode: (encodeId) => db.select().from(jobs).where(eq(jobs.encodeId, encodeId)).orderBy(asc(jobs.priority), asc(jobs.chunkIndex), asc(jobs.id)),
    revive: (encodeId, failed, at) =>
      write(
        db
          .update(jobs)
          .set({ state: 'queued', agentId: null, leaseUntil: null, runAfter: at, attempts: 0, crashes: [], progress: 0, error: null, finishedAt: null })
          .where(and(eq(jobs.encodeId, encodeId), or(eq(jobs.state, 'cancelled'), inArray(jobs.id, failed.map(({ id }) => id))))),
      ),
    requeue: (job, runAfter) =>
      write(
        db
          .update(jobs)
          .set({ state: 'queued', leaseUntil: null, runAfter, attempts: job.attempts, crashes: job.crashes, error: job.error })
          .where(and(eq(jobs.id, job.id), eq(jobs.state, 'leased'), eq(jobs.epoch, job.epoch))),
      ),
  }
}
