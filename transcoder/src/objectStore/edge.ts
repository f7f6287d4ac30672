import { BeginPartsAnswer, PutPartAnswer } from '@avocet/shared/job'
import { uploadRetries } from '../metrics.ts'
import { filePartsOf } from './fileParts.ts'
import type { ObjectStore } from './port.ts'

const TIMEOUT_MS = 60_000
const TRIES = 5

/** Objects through the Worker, with the agent's credential and the job's lease: for hosts that must hold no storage keys. */
export function edgeStore(url: string, credential: () => string | null, lease: { id: string; epoch: number }): ObjectStore {
  const request = (key: string, init: RequestInit, signal?: AbortSignal) => send(`objects/${key}`, {}, init, signal)
  const send = async (key: string, query: Record<string, string> | null, init: RequestInit, signal?: AbortSignal): Promise<Response> => {
    const address = `${url}/agent/v1/jobs/${lease.id}/${key}${query ? `?${new URLSearchParams({ epoch: String(lease.epoch), ...query })}` : ''}`
    for (let attempt = 1; ; attempt++) {
      const timeout = AbortSignal.timeout(TIMEOUT_MS)
      const headers = { ...(init.headers as Record<string, string>), Authorization: `Bearer ${credential()}` }
      try {
        const response = await fetch(address, { ...init, headers, signal: signal ? AbortSignal.any([signal, timeout]) : timeout })
        if (response.ok) return response
        const error = new Error(`object ${key}: ${response.status}`)
        if (response.status < 500 && response.status !== 429) throw Object.assign(error, { final: true })
        throw error
      } catch (error) {
        if (signal?.aborted || attempt === TRIES || (error instanceof Error && 'final' in error)) throw error
        if (init.method === 'PUT') uploadRetries.inc()
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 300 * 2 ** attempt))
      }
    }
  }
  return {
    async read(key, start, end, signal) {
      const response = await request(key, { headers: { Range: `bytes=${start}-${end - 1}` } }, signal)
      const bytes = new Uint8Array(await response.arrayBuffer())
      if (bytes.length !== end - start) throw new Error(`object ${key}: ${bytes.length} of ${end - start} bytes`)
      return bytes
    },
    readAll: async (key, signal) => new Uint8Array(await (await request(key, {}, signal)).arrayBuffer()),
    async writeFile(key, path, contentType, signal) {
      const { upload } = BeginPartsAnswer.parse(await (await send(`parts/${key}`, { type: contentType }, { method: 'POST' }, signal)).json())
      const call = (method: string, query: Record<string, string>, body: string | Uint8Array<ArrayBuffer> | null, within?: AbortSignal) => send(`parts/${key}`, { upload, ...query }, { method, body }, within)
      try {
        const etags: string[] = []
        for await (const bytes of filePartsOf(path)) {
          const answer = await call('PUT', { index: String(etags.length) }, Buffer.from(bytes), signal)
          etags.push(PutPartAnswer.parse(await answer.json()).etag)
        }
        await send(`parts/${key}`, null, { method: 'PATCH', body: JSON.stringify({ epoch: lease.epoch, upload, etags }) }, signal)
      } catch (error) {
        await call('DELETE', {}, null).catch(() => {})
        throw error
      }
    },
    async write(key, bytes, contentType, signal) {
      await request(
        key,
        { method: 'PUT', body: Buffer.from(bytes), headers: { 'Content-Type': contentType, 'Content-Length': String(bytes.length) } },
        signal,
      )
    },
  }
}
