/**
 * Every request the Worker makes to the world, on one machine: the name is looked up here, each of its addresses must be public, and the
 * connection goes to exactly the address that was looked at. So a name that changes between the look and the request changes nothing.
 */
import { lookup } from 'node:dns/promises'
import { type IncomingHttpHeaders, type IncomingMessage, request as httpRequest, type ServerResponse } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { pipeline } from 'node:stream'
import { isPublicAddress } from '../src/adapters/publicAddress.ts'

const TIMEOUT_MS = 30_000
const HOP_BY_HOP = /^(?:connection|keep-alive|transfer-encoding|upgrade|te|trailer|proxy-.*)$/i
/** The runtime's own, and what tells the scheme, which it does not pass on (src/adapters/outbound.ts). */
const OURS = /^(?:mf-|cf-|x-avocet-)/i

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/** `anywhere` skips the check of addresses: the operator's own choice. Bodies stream at the pace of the slower side, and whichever leaves ends both. */
export function outboundService(anywhere: boolean): Handler {
  return async (request, response) => {
    const { protocol, hostname, port } = new URL(`${request.headers['x-avocet-scheme'] === 'http:' ? 'http:' : 'https:'}//${request.headers.host}`)
    const addresses = await lookup(hostname.replace(/^\[|\]$/g, ''), { all: true }).catch(() => [])
    const [first] = addresses
    if (!first) return refuse(response, 'unresolved', 'The name was not found.')
    if (!anywhere && !addresses.every(({ address }) => isPublicAddress(address))) return refuse(response, 'refused', 'The name does not lead to a public address.')
    const outgoing = (protocol === 'https:' ? httpsRequest : httpRequest)({
      protocol,
      host: hostname,
      port,
      method: request.method,
      path: request.url,
      headers: passed(request.headers),
      // The address that was looked at, whatever the name says now. TLS still checks the name.
      lookup: (_host, options, done) => (options.all ? done(null, [first]) : done(null, first.address, first.family)),
      timeout: TIMEOUT_MS,
    })
    outgoing.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, passed(answer.headers))
      pipeline(answer, response, () => {})
    })
    outgoing.on('timeout', () => outgoing.destroy(new Error('timed out')))
    // What failed before it began is told; what breaks off later breaks off for the Worker too.
    outgoing.on('error', (error) => (response.headersSent ? response.destroy() : refuse(response, 'failed', error.message)))
    response.on('close', () => outgoing.destroy())
    request.pipe(outgoing)
  }
}

function refuse(response: ServerResponse, reason: string, text: string): void {
  response.writeHead(502, { 'X-Avocet-Outbound': reason }).end(text)
}

const passed = (headers: IncomingHttpHeaders) =>
  Object.fromEntries(Object.entries(headers).filter(([name, value]) => value !== undefined && !HOP_BY_HOP.test(name) && !OURS.test(name)))
