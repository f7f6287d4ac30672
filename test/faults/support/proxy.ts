/** A way to a server on loopback that can be made bad: slow, broken, deaf, lying. */
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

/** What happens to one request. */
export type Toxic =
  | { do: 'delay'; ms: number }
  /** The connection is reset before the server hears of it. */
  | { do: 'reset' }
  /** The server hears and acts; then the connection is reset. */
  | { do: 'reset-after' }
  /** Nobody hears, nobody answers; connections end when the way is good again. */
  | { do: 'blackhole' }
  /** The server hears and acts; its answer gets lost, the connection stays open. */
  | { do: 'swallow' }
  /** Somebody else answers. */
  | { do: 'answer'; status: number; type: string; body: string; headers?: Record<string, string> }
  /** Half of the answer, then the connection ends. */
  | { do: 'truncate' }
  /** The first byte of what is sent is another one. */
  | { do: 'corrupt' }

export type Toxics = (asked: { method: string; path: string }) => Toxic | null

export interface Way {
  origin: string
  /** Null: a good way. */
  toxics: Toxics | null
  /** How often something bad was done. */
  hits: number
  stop(): Promise<void>
}

/** The first request that fits meets this; all others pass. */
export function once(fits: RegExp, toxic: Toxic): Toxics {
  let done = false
  return ({ method, path }) => {
    if (done || !fits.test(`${method} ${path}`)) return null
    done = true
    return toxic
  }
}
export const always =
  (fits: RegExp, toxic: Toxic): Toxics =>
  ({ method, path }) =>
    fits.test(`${method} ${path}`) ? toxic : null

export async function startProxy(target: URL): Promise<Way> {
  const agent = new Agent({ keepAlive: true })
  const server = createServer((asked, answer) => {
    pass(asked, answer).catch(() => answer.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  let toxics: Toxics | null = null
  const unheard = new Set<Socket>()
  const proxy: Way = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get toxics() {
      return toxics
    },
    set toxics(next) {
      toxics = next
      if (next !== null) return
      for (const socket of unheard) socket.resetAndDestroy()
      unheard.clear()
    },
    hits: 0,
    async stop() {
      server.closeAllConnections()
      agent.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }

  async function pass(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const body = await whole(asked)
    const toxic = toxics?.({ method: asked.method ?? '', path: asked.url ?? '' }) ?? null
    if (toxic) proxy.hits++
    if (toxic?.do === 'delay') await new Promise((resolve) => setTimeout(resolve, toxic.ms))
    if (toxic?.do === 'reset') return void asked.socket.resetAndDestroy()
    if (toxic?.do === 'blackhole') return void unheard.add(asked.socket)
    if (toxic?.do === 'answer') return void answer.writeHead(toxic.status, { 'Content-Type': toxic.type, ...toxic.headers }).end(toxic.body)
    const isUpload = asked.method === 'PUT'
    const told = await forward(asked, answer, toxic?.do === 'corrupt' && isUpload ? spoilt(body) : body)
    if (toxic?.do === 'swallow') return
    if (toxic?.do === 'reset-after') return void asked.socket.resetAndDestroy()
    answer.writeHead(told.status, told.headers)
    if (toxic?.do === 'truncate') {
      answer.write(told.body.subarray(0, Math.floor(told.body.length / 2)), () => answer.destroy())
      return
    }
    answer.end(toxic?.do === 'corrupt' && !isUpload ? spoilt(told.body) : told.body)
  }

  function forward(asked: IncomingMessage, answer: ServerResponse, body: Buffer): Promise<{ status: number; headers: string[]; body: Buffer }> {
    return new Promise((resolve, reject) => {
      const { hostname: host, port } = target
      const outgoing = request({ host, port, agent, method: asked.method, path: asked.url, headers: asked.headers }, (reply) => {
        const headers = reply.rawHeaders.filter((_, at, all) => !/^(?:transfer-encoding|connection|keep-alive)$/i.test(all[at - (at % 2)] as string))
        whole(reply).then((bytes) => resolve({ status: reply.statusCode ?? 502, headers, body: bytes }), reject)
      })
      outgoing.on('error', reject)
      // Who hangs up on us hangs up on the server.
      answer.once('close', () => outgoing.destroy())
      outgoing.end(body)
    })
  }

  return proxy
}

async function whole(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of stream) pieces.push(piece)
  return Buffer.concat(pieces)
}

function spoilt(bytes: Buffer): Buffer {
  const other = Buffer.from(bytes)
  if (other.length > 0) other[0] = (other[0] as number) ^ 0xff
  return other
}
