/** The only door to the embedded server: passes requests on and keeps Miniflare's own endpoints and trusted headers out of reach. */
import { randomUUID } from 'node:crypto'
import {
  Agent,
  type ClientRequest,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as httpRequest,
  type Server,
  type ServerResponse,
} from 'node:http'
import { pipeline } from 'node:stream'

/** Headers Miniflare and the Worker trust: what a client sends under these names is dropped. */
const TRUSTED = /^(?:mf-|cf-|x-forwarded-|x-real-ip$|forwarded$|x-miniflare)/i
/** Headers of one hop (RFC 9110 section 7.6.1). */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
])

/** A name or an address, perhaps with a port (RFC 9110 section 7.2). */
const HOST = /^(?:[A-Za-z0-9._~-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{0,5})?$/

/** workerd closes a kept connection after 5 s without a request; ours are closed before, so that no request meets a closing one. */
const KEEP_UPSTREAM_MS = 4_000
/** Longer than any long-poll: a connection on which nothing moved for this long is dead. */
const IDLE_MS = 5 * 60_000
/** So much of the beginning of a body is kept: headers and fields of a form, and what tells a kind of file. workerd reads as much after an answer. */
const KEPT_BYTES = 64 * 1024
/** How long a request may take to be refused by the beginning of its body. */
const HELD_BACK_MS = 5_000
/** A client that was refused and still sends is read for as long as it sends: one that is cut off in the middle does not come to read why. */
const LINGER_MS = 5_000

export interface FrontProxy {
  port: number
  stop(): Promise<void>
}

/** Listens and passes everything allowed on to `upstream`, once there is one. Bodies stream both ways; aborts travel both ways. */
export async function startFrontProxy(upstream: () => URL | null, host: string, port: number): Promise<FrontProxy> {
  const agent = new Agent({ keepAlive: true, maxSockets: 512, timeout: KEEP_UPSTREAM_MS })
  const server = createServer((request, response) => forward(request, response, upstream(), agent))
  server.headersTimeout = 30_000
  // Uploads take as long as they take, but must move.
  server.requestTimeout = 0
  server.timeout = IDLE_MS
  server.keepAliveTimeout = 65_000
  await listen(server, host, port)
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : port,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
      agent.destroy()
    },
  }
}

function forward(incoming: IncomingMessage, outgoing: ServerResponse, upstream: URL | null, agent: Agent): void {
  const path = incoming.url ?? '/'
  if (isInternal(path)) return refuse(outgoing, 404, 'route_not_found', 'There is nothing at this address.')
  // The runtime makes an address of it, and fails on what is none.
  const { host } = incoming.headers
  if (host !== undefined && !HOST.test(host)) return refuse(outgoing, 400, 'invalid_host', 'The Host header is no host.')
  if (!upstream) return unavailable(outgoing)
  const headers = passedHeaders(incoming.headers)
  headers['cf-connecting-ip'] = (incoming.socket.remoteAddress ?? '').replace(/^::ffff:/, '')
  const hasBody = incoming.headers['content-length'] !== undefined || incoming.headers['transfer-encoding'] !== undefined
  /** The body's first bytes, as they came. */
  const beginning: Buffer[] = []
  let kept = 0
  let asksAgain = false
  if (hasBody) {
    incoming.on('data', (bytes: Buffer) => {
      const piece = bytes.subarray(0, Math.max(0, KEPT_BYTES - kept))
      kept += bytes.length
      if (piece.length === 0) return
      beginning.push(piece)
      if (asksAgain) onward.write(piece)
    })
    incoming.on('end', () => asksAgain && kept <= KEPT_BYTES && onward.end())
  }
  let onward = ask(hasBody)
  let left = false
  outgoing.on('close', () => {
    left = !outgoing.writableFinished
    if (left) onward.destroy()
  })

  function ask(sendsAll: boolean): ClientRequest {
    const asked = httpRequest({ host: upstream?.hostname, port: upstream?.port, method: incoming.method, path, headers, agent })
    asked.on('response', (answer) => {
      const status = answer.statusCode ?? 502
      if (!hasBody || status < 400) {
        outgoing.writeHead(status, passedHeaders(answer.headers))
        return void pipeline(answer, outgoing, () => {})
      }
      // A refusal may come before the body is read: nothing more is sent after it, and it is passed on once it is here whole.
      incoming.unpipe(asked).resume()
      answer.toArray().then(
        (pieces: Buffer[]) => {
          if (!asked.writableEnded) asked.destroy()
          const body = Buffer.concat(pieces)
          if (incoming.complete) return void outgoing.writeHead(status, passedHeaders(answer.headers)).end(body)
          outgoing.writeHead(status, { ...passedHeaders(answer.headers), 'content-length': body.length, connection: 'close' }).write(body)
          linger(incoming, outgoing)
        },
        () => lost(asked),
      )
    })
    asked.on('error', () => lost(asked))
    if (sendsAll) {
      incoming.pipe(asked)
      // Whatever is left of a refused body is thrown away, so that the client comes to read the answer, and may go on with its connection.
      asked.on('close', () => incoming.unpipe(asked).resume())
    } else if (hasBody) {
      asked.setTimeout(HELD_BACK_MS, () => asked.destroy(new Error('no answer to the beginning of the body')))
      asksAgain = true
      asked.write(Buffer.concat(beginning))
    } else asked.end()
    return asked

    /**
     * workerd closes on bodies that the Worker refused without reading them, and Node drops what came before a failed write: so the answer
     * got lost. It is asked for again with the beginning of the body; where that is all of it, only if it had not been sent to its
     * end: so nothing is done twice.
     */
    function lost(of: ClientRequest): void {
      // An answer that broke off breaks off for the client too (pipeline sees to it).
      if (outgoing.headersSent || left || of !== onward) return
      if (sendsAll && (!incoming.complete || kept > KEPT_BYTES)) onward = ask(false)
      else unavailable(outgoing)
    }
  }
}

/** Ends an answer, and with it the connection, once nothing more comes of the request. */
function linger(incoming: IncomingMessage, outgoing: ServerResponse): void {
  const waiting = setTimeout(() => outgoing.end(), LINGER_MS)
  incoming.on('data', () => waiting.refresh())
  incoming.on('close', () => {
    clearTimeout(waiting)
    outgoing.end()
  })
}

function unavailable(response: ServerResponse): void {
  // A refusal of a HEAD says nothing of its cause, and tus clients take any for "the upload is gone" and begin anew: better no answer.
  if (response.req.method === 'HEAD') return void response.destroy()
  refuse(response, 502, 'unavailable', 'The server is starting. Try again.')
}

/** Miniflare's own paths, in any spelling: encoded (also twice), doubled slashes, backslashes, dots, capitals, or a whole address. */
export function isInternal(path: string): boolean {
  if (!path.startsWith('/')) return true
  let plain = path.split(/[?#]/)[0] as string
  for (let round = 0; round < 3 && plain.includes('%'); round++) {
    try {
      plain = decodeURIComponent(plain)
    } catch {
      return /cdn-cgi|__cf/i.test(plain)
    }
  }
  const parts: string[] = []
  for (const part of plain.replaceAll('\\', '/').split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part.toLowerCase())
  }
  return parts[0] === 'cdn-cgi' || (parts[0]?.startsWith('__cf') ?? false)
}

function passedHeaders(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  const passed: Record<string, string | string[]> = {}
  const ofThisHop = (headers.connection ?? '').toLowerCase().split(',').map((name) => name.trim())
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !HOP_BY_HOP.has(name) && !ofThisHop.includes(name) && !TRUSTED.test(name)) passed[name] = value
  }
  return passed
}

/** The native surface's error body: whatever dialect the client speaks, this is not an answer of the Worker. */
function refuse(response: ServerResponse, status: number, code: string, error: string): void {
  const requestId = randomUUID()
  response.writeHead(status, { 'Content-Type': 'application/json', 'X-Request-Id': requestId, 'Cache-Control': 'no-store' })
  response.end(JSON.stringify({ error, code, request_id: requestId }))
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => resolve())
  })
}
