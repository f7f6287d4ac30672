import { ClaimAnswer, ClaimRequest, CommitAnswer, CommitRequest, FailRequest, HeartbeatAnswer, HeartbeatRequest, ReleaseRequest } from '@avocet/shared/job'
import { z } from 'zod'
import { claimJob } from '../../domain/jobs/claimJob.ts'
import { commitJob } from '../../domain/jobs/commitJob.ts'
import { failJob } from '../../domain/jobs/failJob.ts'
import { heartbeatJob } from '../../domain/jobs/heartbeatJob.ts'
import { releaseJob } from '../../domain/jobs/releaseJob.ts'
import { route } from '../../http/route.ts'

const params = z.object({ id: z.string().max(40) })
const about = { tag: 'Agents', needs: 'agent', rate: 'none' } as const
/** A manifest of ten hours of sound is about a megabyte. */
const MAX_RESULT_BYTES = 8 * 1024 * 1024

export const jobRoutes = [
  route({
    ...about,
    method: 'POST',
    path: '/jobs/claim',
    summary: 'Claim a job, waiting for one up to 25 seconds',
    input: { query: z.strictObject({ wait: z.coerce.number().min(0).max(25).default(0) }), body: ClaimRequest },
    output: { status: 200, body: ClaimAnswer },
    run: async ({ deps, actor, query, body }) => ({ lease: await claimJob(deps, actor, body.kinds, query.wait * 1000) }),
  }),
  route({
    ...about,
    method: 'POST',
    path: '/jobs/:id/heartbeat',
    summary: 'Keep a lease and report progress',
    input: { params, body: HeartbeatRequest },
    output: { status: 200, body: HeartbeatAnswer },
    run: ({ deps, actor, params, body }) => heartbeatJob(deps, actor, params.id, body),
  }),
  route({
    ...about,
    method: 'POST',
    path: '/jobs/:id/commit',
    summary: 'Hand in a result',
    input: { params, body: CommitRequest, maxBodyBytes: MAX_RESULT_BYTES },
    output: { status: 200, body: CommitAnswer },
    run: async ({ deps, actor, params, body }) => ({ next: await commitJob(deps, actor, params.id, body.epoch, body.result) }),
  }),
  route({
    ...about,
    method: 'POST',
    path: '/jobs/:id/fail',
    summary: 'Report a failure by its class',
    input: { params, body: FailRequest },
    output: { status: 204 },
    run: ({ deps, actor, params, body }) => failJob(deps, actor, params.id, body),
  }),
  route({
    ...about,
    method: 'POST',
    path: '/jobs/:id/release',
    summary: 'Give a job back unharmed',
    input: { params, body: ReleaseRequest },
    output: { status: 204 },
    run: ({ deps, actor, params, body }) => releaseJob(deps, actor, params.id, body.epoch),
  }),
]
