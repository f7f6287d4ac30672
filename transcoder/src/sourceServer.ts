import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { StoredSource } from '@avocet/shared/job'
import { asFailure, JobFailure } from './failure.ts'
import { faultPoint } from './faultPoint.ts'
import { log } from './log.ts'
import type { SourceDoor } from './media/sandbox.ts'
import type { ObjectStore } from './objectStore/port.ts'

const BLOCK_BYTES = 1024 * 1024
/** Memory bound: this many blocks over all sources of the host. */
const BLOCKS_KEPT = 96
/** Blocks fetched ahead of a reader. */
const AHEAD = 3

type SourcePart = NonNullable<StoredSource['parts']>[number]

export interface Source {
  key: string
  sizeBytes: number
  /** Where it is several objects: those, in order. Their sizes sum to `sizeBytes`. */
  parts?: readonly SourcePart[] | undefined
  store: ObjectStore
  signal: AbortSignal
}

/**
 * Lets ffmpeg read a source by ranges from the object store, without waiting for a download: a server on loopback that serves each
 * open source at an unguessable path. ffmpeg never gets an address the file chose.
 */
export interface SourceServer {
  open(source: Source): OpenSource
  /** Serves what is made while it is read, once from its beginning to its end. */
  openStream(make: () => AsyncIterable<Uint8Array>): OpenSource
  /** How a sandbox reaches the server. */
  door: SourceDoor
  stop(): Promise<void>
}

export interface OpenSource {
  url: string
  /** Throws JobFailure if a read failed since it was opened: ffmpeg takes a broken read for the end of the file, and exits well. */
  check(): void
  close(): void
}

/** Bytes [start, end), of whatever objects they lie in. */
async function readOf({ key, parts, store, signal }: Source, start: number, end: number): Promise<Uint8Array> {
  if (!parts) return store.read(key, start, end, signal)
  const stretches: Uint8Array[] = []
  let begin = 0
  for (const { key, sizeBytes } of parts) {
    const [from, to] = [Math.max(start, begin), Math.min(end, begin + sizeBytes)]
    if (from < to) stretches.push(await store.read(key, from - begin, to - begin, signal))
    begin += sizeBytes
  }
  return stretches.length === 1 ? (stretches[0] as Uint8Array) : Buffer.concat(stretches)
}

export async function startSourceServer(): Promise<SourceServer> {
  const sources = new Map<string, Source>()
  const streams = new Map<string, () => AsyncIterable<Uint8Array>>()
  const broken = new WeakMap<object, unknown>()
  const blocks = new Map<string, Promise<Uint8Array>>()

  function block(source: Source, index: number): Promise<Uint8Array> {
    const name = `${source.key} ${index}`
    const start = index * BLOCK_BYTES
    const known = blocks.get(name)
    const bytes = known ?? readOf(source, start, Math.min(start + BLOCK_BYTES, source.sizeBytes))
    blocks.delete(name)
    blocks.set(name, bytes)
    faultPoint('source-reading')
    bytes.catch(() => {
      if (blocks.get(name) === bytes) blocks.delete(name)
    })
    if (blocks.size > BLOCKS_KEPT) blocks.delete(blocks.keys().next().value as string)
    return bytes
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const make = streams.get(request.url ?? '')
    if (make) return serveStream(make, response)
    const source = sources.get(request.url ?? '')
    if (!source) return void response.writeHead(404).end()
    const match = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '')
    const start = match ? Number(match[1]) : 0
    const end = Math.min(match?.[2] ? Number(match[2]) + 1 : source.sizeBytes, source.sizeBytes)
    if (start >= source.sizeBytes) return void response.writeHead(416, { 'Content-Range': `bytes */${source.sizeBytes}` }).end()
    const headers: Record<string, string | number> = {
      'Accept-Ranges': 'bytes',
      'Content-Length': end - start,
      'Content-Type': 'application/octet-stream',
    }
    if (match) headers['Content-Range'] = `bytes ${start}-${end - 1}/${source.sizeBytes}`
    response.writeHead(match ? 206 : 200, headers)
    if (request.method === 'HEAD') return void response.end()
    await pipeline(Readable.from(piecesOf(source, start, end)), response)
  }

  async function serveStream(make: () => AsyncIterable<Uint8Array>, response: ServerResponse): Promise<void> {
    response.writeHead(200, { 'Content-Type': 'application/octet-stream' })
    await pipeline(Readable.from(make()), response).catch((error) => {
      if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') broken.set(make, error)
      throw error
    })
  }

  async function* piecesOf(source: Source, start: number, end: number): AsyncGenerator<Uint8Array> {
    const last = Math.floor((end - 1) / BLOCK_BYTES)
    for (let index = Math.floor(start / BLOCK_BYTES); index <= last; index++) {
      // A block another job asked for fails with that job's lease: then we ask again under our own.
      const wanted = block(source, index).catch(() => block(source, index))
      for (let ahead = index + 1; ahead <= Math.min(index + AHEAD, last); ahead++) block(source, ahead).catch(() => {})
      const bytes = await wanted.catch((error) => {
        broken.set(source, error)
        throw error
      })
      const from = index * BLOCK_BYTES
      yield bytes.subarray(Math.max(0, start - from), Math.min(bytes.length, end - from))
    }
  }

  const answer = (request: IncomingMessage, response: ServerResponse) => {
    serve(request, response).catch((error) => {
      // ffmpeg hangs up whenever it seeks.
      if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') log.warn({ error: String(error) }, 'source read failed')
      response.destroy()
    })
  }
  const folder = await mkdtemp(join(tmpdir(), 'avocet-'))
  const socketPath = join(folder, 'source.sock')
  const [server, socketServer] = [createServer(answer), createServer(answer)]
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  await new Promise<void>((resolve) => socketServer.listen(socketPath, resolve))
  const { port } = server.address() as AddressInfo
  function opened<T extends object>(served: Map<string, T>, what: T): OpenSource {
    const path = `/${randomBytes(16).toString('hex')}`
    served.set(path, what)
    return {
      url: `http://127.0.0.1:${port}${path}`,
      check() {
        if (!broken.has(what)) return
        const failure = asFailure(broken.get(what))
        if (failure.reason !== 'host_error') throw failure
        throw new JobFailure('retryable', 'source_unreadable', 'The source could not be read from the object store.', broken.get(what))
      },
      close: () => served.delete(path),
    }
  }
  return {
    door: { port, socketPath },
    open: (source) => opened(sources, source),
    openStream: (make) => opened(streams, make),
    async stop() {
      for (const one of [server, socketServer]) {
        one.closeAllConnections()
        await new Promise((resolve) => one.close(resolve))
      }
      await rm(folder, { recursive: true, force: true })
    },
  }
}
