/**
 * Every request the Worker makes to the world, on one machine: the name is looked up here, each of its addresses must be public, and the
 * connection goes to exactly the address that was looked at. So a name that changes between the look and the request changes nothing.
 */
import { lookup } from 'node:dns/promises'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { Readable } from 'node:stream'
import { isPublicAddress } from '../src/adapters/publicAddress.ts'

const TIMEOUT_MS = 30_000
const HOP_BY_HOP = /^(?:connection|keep-alive|transfer-encoding|content-encoding|content-length|host)$/i

type Fetch = (request: Request) => Promise<Response>

/** `anywhere` skips the check of addresses: the operator's own choice. `Answer` is the class of responses the runtime takes. */
export function outboundService(anywhere: boolean, Answer: typeof Response): Fetch {
  return async (request) => {
    const url = new URL(request.url)
    const host = url.hostname.replace(/^\[|\]$/g, '')
    const addresses = await lookup(host, { all: true }).catch(() => [])
    const [first] = addresses
    if (!first || (!anywhere && !addresses.every(({ address }) => isPublicAddress(address))))
      return new Answer('The name does not lead to a public address.', { status: 502, headers: { 'X-Avocet-Outbound': 'refused' } })
    return send(request, url, first, Answer)
  }
}

async function send(request: Request, url: URL, at: { address: string; family: number }, Answer: typeof Response): Promise<Response> {
  const body = request.body ? Buffer.from(await request.arrayBuffer()) : null
  const headers = Object.fromEntries([...request.headers].filter(([name]) => !HOP_BY_HOP.test(name) && !/^(?:mf|cf)-/i.test(name)))
  return new Promise((resolve, reject) => {
    const start = url.protocol === 'https:' ? httpsRequest : httpRequest
    const outgoing = start(
      url,
      {
        method: request.method,
        headers: { ...headers, ...(body ? { 'Content-Length': body.length } : {}) },
        // The address that was looked at, whatever the name says now. TLS still checks the name.
        lookup: (_host, options, done) => (options.all ? done(null, [at]) : done(null, at.address, at.family)),
        timeout: TIMEOUT_MS,
        signal: request.signal,
      },
      (answer) => {
        const told = Object.entries(answer.headers).flatMap(([name, value]) =>
          HOP_BY_HOP.test(name) || value === undefined ? [] : [[name, String(value)] as [string, string]],
        )
        const status = answer.statusCode ?? 502
        const empty = [101, 204, 205, 304].includes(status)
        if (empty) answer.resume()
        resolve(new Answer(empty ? null : (Readable.toWeb(answer) as ReadableStream), { status, headers: told }))
      },
    )
    outgoing.on('error', reject)
    outgoing.on('timeout', () => outgoing.destroy(new Error('timed out')))
    outgoing.end(body ?? undefined)
  })
}
