import { Fault } from '@avocet/shared/fault'
import type { AccountId } from '@avocet/shared/ids'
import type { Deps } from '../domain/ports.ts'

/** A first call that runs longer than this is taken for dead: its repeat runs in its place. */
const ABANDONED_MS = 60_000
/** Answers are kept this long. */
export const KEPT_MS = 24 * 3_600_000

/** A value for a JSON body, or, of a route that makes its whole answer, all of it: its body is text and small. */
type Answer = { status: number; body: unknown } | { status: number; headers: [string, string][]; text: string }

const answerOf = async (status: number, result: unknown): Promise<Answer> =>
  result instanceof Response ? { status: result.status, headers: [...result.headers], text: await result.text() } : { status, body: result }

/**
 * Runs a change once for an Idempotency-Key, whatever number of calls bring it: a repeat gets the first answer with
 * `Idempotency-Replayed: true`. `status` is that of an answer that is a plain value. What failed is not kept, so that it can be tried again. `asked` is all that makes two calls the same.
 * Throws bad_request `invalid_idempotency_key`, unprocessable `idempotency_key_reused` for another call under a known key, conflict
 * `idempotency_in_progress` while the first runs.
 */
export async function once(deps: Deps, accountId: AccountId, key: string, asked: unknown, status: number, run: () => Promise<unknown>): Promise<Response> {
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) throw new Fault('bad_request', 'An Idempotency-Key has 1 to 255 visible ASCII characters.', { reason: 'invalid_idempotency_key' })
  const fingerprint = await deps.crypto.sha256Hex(JSON.stringify(asked))
  const now = deps.now()
  const known = await deps.idempotency.begin({ accountId, key, fingerprint, now, abandonedBefore: now - ABANDONED_MS, expiredBefore: now - KEPT_MS })
  if (known) return repeated(deps, known, fingerprint)
  try {
    const answer = await answerOf(status, await run())
    await deps.idempotency.finish(accountId, key, fingerprint, await deps.seals.seal(JSON.stringify(answer)))
    return respond(answer)
  } catch (error) {
    await deps.idempotency.forget(accountId, key, fingerprint)
    throw error
  }
}

async function repeated(deps: Deps, known: { fingerprint: string; sealedAnswer: string | null }, fingerprint: string): Promise<Response> {
  if (known.fingerprint !== fingerprint)
    throw new Fault('unprocessable', 'This Idempotency-Key belongs to another call.', { reason: 'idempotency_key_reused' })
  if (known.sealedAnswer === null)
    throw new Fault('conflict', 'The first call with this Idempotency-Key still runs.', { reason: 'idempotency_in_progress', retryAfterSeconds: 2 })
  const response = respond(JSON.parse(await deps.seals.open(known.sealedAnswer)) as Answer)
  response.headers.set('Idempotency-Replayed', 'true')
  return response
}

function respond(answer: Answer): Response {
  const { status } = answer
  if ('headers' in answer) return new Response(answer.text === '' ? null : answer.text, { status, headers: answer.headers })
  return status === 204 ? new Response(null, { status }) : Response.json(answer.body, { status })
}
