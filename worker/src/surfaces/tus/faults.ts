import type { Fault } from '@avocet/shared/fault'
import { answerFault as answerNatively } from '../../http/faults.ts'

/** Statuses the protocol has for what natively is another. */
const STATUS: Readonly<Record<string, number>> = { checksum_mismatch: 460, tus_version: 412, offset_content_type: 415 }

/** A refusal in the native body, under the protocol's status. */
export function answerFault(fault: Fault, requestId: string): Response {
  const answer = answerNatively(fault, requestId)
  const reason = fault.details.reason ?? ''
  const headers = new Headers(answer.headers)
  if (reason === 'tus_version') headers.set('Tus-Version', '1.0.0')
  return new Response(answer.body, { status: STATUS[reason] ?? answer.status, headers })
}
