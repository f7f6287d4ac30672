import type { Fault, FaultCode } from '@avocet/shared/fault'

/** Status and `code` of every fault; a fault's finer `reason` replaces the code (DESIGN section 4). */
const SPELLING: Record<FaultCode, { status: number; code: string }> = {
  bad_request: { status: 400, code: 'invalid_request' },
  unauthenticated: { status: 401, code: 'unauthenticated' },
  forbidden: { status: 403, code: 'forbidden' },
  not_found: { status: 404, code: 'not_found' },
  conflict: { status: 409, code: 'conflict' },
  gone: { status: 410, code: 'gone' },
  too_large: { status: 413, code: 'too_large' },
  unsupported_media: { status: 415, code: 'unsupported_media_type' },
  unprocessable: { status: 422, code: 'unprocessable' },
  bad_range: { status: 416, code: 'range_not_satisfiable' },
  rate_limited: { status: 429, code: 'rate_limited' },
  quota_exceeded: { status: 403, code: 'quota_exceeded' },
  not_ready: { status: 409, code: 'not_ready' },
  not_implemented: { status: 501, code: 'not_implemented' },
  unavailable: { status: 503, code: 'unavailable' },
  internal: { status: 500, code: 'internal_error' },
}

/** The native spelling of a refusal, also of the accounts, agent and play surfaces: `{error, code, request_id}` exactly as the contract, with members a client can act on beside them. */
export function answerFault(fault: Fault, requestId: string): Response {
  const { status, code } = SPELLING[fault.code]
  const { reason, errors, retryAfterSeconds, extra = {} } = fault.details
  const { rate: _, ...members } = extra
  const headers = new Headers()
  if (retryAfterSeconds !== undefined) headers.set('Retry-After', String(retryAfterSeconds))
  if (status === 401) headers.set('WWW-Authenticate', 'Bearer realm="avocet"')
  // RFC 9530 section 4: what would have been understood.
  if (reason === 'digest_unsupported') headers.set('Want-Content-Digest', 'sha-256=1')
  // draft-ietf-httpbis-resumable-upload section 4.1.4: what would have been taken.
  if (reason === 'file_too_large') headers.set('Upload-Limit', `max-size=${members.max_size}`)
  if (fault.code === 'bad_range') headers.set('Content-Range', `bytes */${members.size}`)
  return Response.json({ error: fault.message, code: reason ?? code, request_id: requestId, ...(errors ? { errors: errors.map(({ path, message }) => ({ path, message })) } : {}), ...members }, { status, headers })
}
