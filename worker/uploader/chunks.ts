import { ask } from './request.ts'

/** The upload as the server tells it. */
export interface Remote {
  upload_id: string
  chunk_size: number
  chunk_count: number
  size: number
}

export interface ChunkSender {
  endpoint: string
  credential: Record<string, string>
  file: Blob
  remote: Remote
}

/** Bytes of chunk `index`. */
export const chunkBytes = ({ chunk_size, size }: Remote, index: number) => Math.min(chunk_size, size - index * chunk_size)

/** Sends one chunk with its digest, which the server checks; a page without a secure context has none to send. */
export async function sendChunk({ endpoint, credential, file, remote }: ChunkSender, index: number, signal: AbortSignal, onSent: (bytes: number) => void): Promise<void> {
  const from = index * remote.chunk_size
  const body = file.slice(from, from + chunkBytes(remote, index))
  const digest: Record<string, string> = globalThis.crypto?.subtle ? { 'Content-Digest': `sha-256=:${base64(await crypto.subtle.digest('SHA-256', await body.arrayBuffer()))}:` } : {}
  const headers = { ...credential, 'Content-Type': 'application/octet-stream', 'X-Upload-ID': remote.upload_id, 'X-Chunk-Index': String(index), ...digest }
  await ask({ url: `${endpoint}/upload/chunk`, method: 'POST', headers, body, signal, onSent })
}

const base64 = (bytes: ArrayBuffer) => btoa(String.fromCharCode(...new Uint8Array(bytes)))
