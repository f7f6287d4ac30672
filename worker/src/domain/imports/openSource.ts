import { Fault } from '@avocet/shared/fault'
import type { OutboundSource } from '../platform.ts'
import type { Deps } from '../ports.ts'
import { demandTarget } from '../webhooks/demandTarget.ts'
import { retryAfterMs } from '../webhooks/schedule.ts'

const MOST_REDIRECTS = 5
const REDIRECTS = [301, 302, 303, 307, 308]
/** What may well be otherwise later (RFC 9110 section 15, RFC 6585, RFC 8470). */
const PASSING = [408, 425, 429]

/** A customer's source that answered 200 or 206, and where it was found. Whoever opens it reads or cancels its body. */
export type OpenSource = Extract<OutboundSource, { status: number }> & { url: string }

/**
 * Asks for a source, following redirects: every address on the way is checked as the first was. Throws bad_request `url_not_allowed`,
 * unprocessable `source_refused`, unavailable (`source_unreachable`, `source_unavailable`: the same may succeed later).
 */
export async function openSource(deps: Deps, address: string, headers: Record<string, string>): Promise<OpenSource> {
  let url = address
  for (let hop = 0; hop <= MOST_REDIRECTS; hop++) {
    const answer = await deps.outbound.get(await demandTarget(deps, url), { 'User-Agent': 'Avocet-Import/1', 'Accept-Encoding': 'identity', ...headers })
    if (answer.status === null) throw answer.refused ? notPublic() : new Fault('unavailable', `The server was not reached: ${answer.error}.`, { reason: 'source_unreachable' })
    if (answer.status === 200 || answer.status === 206) return { ...answer, url }
    await answer.body?.cancel().catch(() => {})
    const location = REDIRECTS.includes(answer.status) ? answer.header('Location') : null
    if (location === null) throw refused(answer.status, retryAfterMs(answer.header('Retry-After'), deps.now()))
    url = URL.parse(location, url)?.href ?? ''
  }
  throw new Fault('unprocessable', `The server redirects more than ${MOST_REDIRECTS} times.`, { reason: 'source_refused' })
}

function notPublic(): Fault {
  return new Fault('bad_request', 'This address cannot be used: its name does not lead to a public address.', { reason: 'url_not_allowed' })
}

function refused(status: number, retryMs: number | null): Fault {
  const passing = status >= 500 || PASSING.includes(status)
  return new Fault(passing ? 'unavailable' : 'unprocessable', `The server answered ${status}.`, {
    reason: passing ? 'source_unavailable' : 'source_refused',
    ...(passing && retryMs !== null ? { retryAfterSeconds: Math.ceil(retryMs / 1000) } : {}),
  })
}
