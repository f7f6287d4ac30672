/**
 * Uploads a file in parallel chunks, in browsers and in Node: every chunk with its digest, retried with full jitter, paused while offline,
 * resumed where the server has got to. One file, no dependencies; docs/uploads.md shows it at work.
 */
import { type ChunkSender, chunkBytes, type Remote, sendChunk } from './chunks.ts'
import { ask, UploadError } from './request.ts'
import { MOST_FAILURES, mayPass, retryWait } from './retry.ts'
import { speedometer } from './speed.ts'

export { UploadError }

export interface UploadOptions {
  /** Where the API is: `https://video.example/api/v1`. */
  endpoint: string
  /** An upload token or a session; on your own server an API key. Never an API key in a browser. */
  token: string
  /** In Node: `await fs.openAsBlob(path)`. */
  file: Blob
  filename: string
  title?: string
  /** A video that awaits its source; else one is made. */
  videoId?: string
  /** Goes on with this upload of the same file, say after a reload. */
  uploadId?: string
  /** Chunks under way at a time; 3 unless told. */
  parallel?: number
  onProgress?: (progress: Progress) => void
  /** Called once the upload is known to the server: remember it, to go on with it later. */
  onBegun?: (uploadId: string) => void
}

export interface Progress {
  /** waiting: something failed and is tried again; offline: the browser says so. */
  state: 'starting' | 'uploading' | 'waiting' | 'offline' | 'paused' | 'finishing'
  /** Bytes that have gone, whether acknowledged or on their way. */
  sentBytes: number
  sizeBytes: number
  bytesPerSecond: number | null
  secondsLeft: number | null
}

export interface UploadedVideo {
  video_id: string
  embed_token: string
  status: string
}

export interface RunningUpload {
  /** The video; rejects with an UploadError when it cannot be made. What was sent stays on the server: begin again with `uploadId`. */
  done: Promise<UploadedVideo>
  pause(): void
  resume(): void
  /** Ends the upload here and on the server. */
  abort(): Promise<void>
}

const PARALLEL = 3
const STALLED_MS = 45_000
const UNSEEN_MS = 10 * 60_000

/** Begins, or goes on with, an upload. */
export function startUpload(options: UploadOptions): RunningUpload {
  const credential = { Authorization: `Bearer ${options.token}` }
  const endpoint = options.endpoint.replace(/\/+$/, '')
  const speed = speedometer()
  const ended = new AbortController()
  let remote: Remote | null = null
  let state: Progress['state'] = 'starting'
  let acknowledged = 0
  let failures = 0
  /** Bytes on their way, by chunk. */
  const flying = new Map<number, number>()
  let pausing: { over: Promise<void>; end(): void } | null = null
  let flight = new AbortController()

  const json = <T>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown, more: Record<string, string> = {}) =>
    ask<T>({ url: endpoint + path, method, headers: { ...credential, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...more }, signal: ended.signal, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })

  function tell(now?: Progress['state']): void {
    if (now) state = now
    const sizeBytes = options.file.size
    const sentBytes = Math.min(sizeBytes, acknowledged + [...flying.values()].reduce((sum, bytes) => sum + bytes, 0))
    const at = Date.now()
    if (state === 'uploading') speed.note(sentBytes, at)
    const bytesPerSecond = state === 'uploading' ? speed.bytesPerSecond(at) : null
    const secondsLeft = bytesPerSecond ? Math.ceil((sizeBytes - sentBytes) / bytesPerSecond) : null
    options.onProgress?.({ state: pausing ? 'paused' : state, sentBytes, sizeBytes, bytesPerSecond, secondsLeft })
  }

  /** Does a thing until it is done; only what cannot pass, or has failed too often, is thrown. */
  async function persistently<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      await allowed()
      try {
        const result = await work()
        failures = 0
        return result
      } catch (error) {
        ended.signal.throwIfAborted()
        if (pausing) continue
        if (!(error instanceof UploadError) || !mayPass(error.status, error.code)) throw error
        if (isOffline()) continue
        if (error.code !== 'upload_completing' && ++failures > MOST_FAILURES) throw error
        tell('waiting')
        await sleep(retryWait(failures, error.retryAfterSeconds, Math.random()), ended.signal)
      }
    }
  }

  /** Waits while the upload is paused or the browser is offline. */
  async function allowed(): Promise<void> {
    while (pausing || isOffline()) {
      if (pausing) await pausing.over
      else {
        tell('offline')
        await online(ended.signal)
      }
      ended.signal.throwIfAborted()
    }
  }

  async function begin(): Promise<Remote> {
    if (options.uploadId) {
      const known = await json<Remote & { status: string; video_id: string | null }>('GET', `/upload/${options.uploadId}`)
      if (known.size !== options.file.size) throw new UploadError(409, 'other_file', 'This is another file than the one the upload began with.')
      return known
    }
    // One key for all tries: an init whose answer was lost is not repeated.
    const wish = { filename: options.filename, size: options.file.size, ...(options.title ? { title: options.title } : {}), ...(options.videoId ? { video_id: options.videoId } : {}) }
    return { ...(await json<Remote>('POST', '/upload/init', wish, { 'Idempotency-Key': initKey })), size: options.file.size }
  }
  const initKey = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`

  /** Sends what the server lacks, a list of at most a hundred at a time. */
  async function fill(sender: ChunkSender): Promise<void> {
    for (;;) {
      const { missing, received_bytes, status } = await persistently(() => json<{ missing: number[]; received_bytes: number; status: string }>('GET', `/upload/${sender.remote.upload_id}`))
      acknowledged = received_bytes
      if (missing.length === 0 || status !== 'open') return
      tell('uploading')
      const lane = async () => {
        for (let index = missing.shift(); index !== undefined; index = missing.shift()) await persistently(send(sender, index))
      }
      const lanes = Array.from({ length: options.parallel ?? PARALLEL }, lane)
      await Promise.all(lanes).catch((error) => {
        missing.length = 0
        throw error
      })
    }
  }

  const send = (sender: ChunkSender, index: number) => async () => {
    flight = flight.signal.aborted ? new AbortController() : flight
    tell('uploading')
    const watch = stallWatch()
    try {
      await sendChunk(sender, index, AbortSignal.any([flight.signal, watch.signal]), (bytes) => {
        watch.moved()
        flying.set(index, bytes)
        tell()
      })
      acknowledged += chunkBytes(sender.remote, index)
    } finally {
      watch.over()
      flying.delete(index)
      tell()
    }
  }

  async function run(): Promise<UploadedVideo> {
    tell()
    remote = await persistently(begin)
    options.onBegun?.(remote.upload_id)
    const sender: ChunkSender = { endpoint, credential, file: options.file, remote }
    for (;;) {
      await fill(sender)
      tell('finishing')
      try {
        return await persistently(() => json<UploadedVideo>('POST', '/upload/complete', { upload_id: sender.remote.upload_id }))
      } catch (error) {
        // Chunks the store lost are sent again.
        if (!(error instanceof UploadError && error.code === 'upload_incomplete')) throw error
      }
    }
  }

  return {
    done: run().catch((error) => {
      // What else is under way has no use any more.
      flight.abort(error)
      throw error
    }),
    pause() {
      if (pausing || ended.signal.aborted) return
      let end = () => {}
      const over = new Promise<void>((resolve) => (end = resolve))
      pausing = { over, end }
      flight.abort(new UploadError(0, 'paused', 'The upload is paused.'))
      tell()
    },
    resume() {
      const { end } = pausing ?? {}
      pausing = null
      end?.()
      tell()
    },
    async abort() {
      const reason = new UploadError(0, 'aborted', 'The upload was aborted.')
      ended.abort(reason)
      flight.abort(reason)
      pausing?.end()
      if (remote) await ask({ url: `${endpoint}/upload/${remote.upload_id}`, method: 'DELETE', headers: credential, signal: AbortSignal.timeout(30_000) }).catch(() => {})
    },
  }
}

/** A request on which nothing moves is given up: some networks swallow packets without a word. Where nothing tells that it moves, much later. */
function stallWatch(): { signal: AbortSignal; moved(): void; over(): void } {
  const stop = new AbortController()
  const give = () => stop.abort(new UploadError(0, 'network', 'Nothing moved for too long.'))
  let timer = setTimeout(give, UNSEEN_MS)
  return {
    signal: stop.signal,
    moved() {
      clearTimeout(timer)
      timer = setTimeout(give, STALLED_MS)
    },
    over: () => clearTimeout(timer),
  }
}

/** Node knows no such thing, and tries. */
const isOffline = () => typeof navigator === 'object' && 'onLine' in navigator && navigator.onLine === false && typeof addEventListener === 'function'

function online(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      removeEventListener('online', go)
      signal.removeEventListener('abort', go)
      resolve()
    }
    addEventListener('online', go)
    signal.addEventListener('abort', go)
  })
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(wake, ms)
    // Coming back online is a reason to try at once.
    if (typeof addEventListener === 'function') addEventListener('online', wake)
    signal.addEventListener('abort', wake)
    function wake(): void {
      clearTimeout(timer)
      if (typeof removeEventListener === 'function') removeEventListener('online', wake)
      signal.removeEventListener('abort', wake)
      resolve()
    }
  })
}
