import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import { call, post, type Tenant } from '../../../support/site.ts'

export const MIB = 1024 * 1024
export const CHUNK = 5 * MIB
export const { MEDIA, DB } = env as unknown as { MEDIA: R2Bucket; DB: D1Database }

/** Bytes that begin like an MP4 and differ everywhere. */
export function file(size: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(size)
  const words = new Uint32Array(bytes.buffer, 0, Math.floor(size / 4))
  let state = seed
  for (let at = 0; at < words.length; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    words[at] = state
  }
  bytes.set([0, 0, 0, 0x18, 0x66, 0x74, 0x79, 0x70, 0x6d, 0x70, 0x34, 0x32].slice(0, size))
  return bytes
}

export interface Opened {
  upload_id: string
  chunk_size: number
  chunk_count: number
}

export async function init({ key }: Tenant, size: number, more: object = {}): Promise<Opened> {
  const answer = await post('/api/v1/upload/init', { filename: 'clip.mp4', size, ...more }, { key })
  expect(answer.status).toBe(201)
  return answer.json<Opened>()
}

/** Sends a chunk of a whole file. */
export function put(
  { key }: Tenant,
  id: string,
  bytes: Uint8Array,
  index: number,
  headers: Record<string, string> = {},
): Promise<Response> {
  return call('/api/v1/upload/chunk', {
    method: 'POST',
    key,
    headers: { 'X-Upload-ID': id, 'X-Chunk-Index': String(index), ...headers },
    body: bytes.slice(index * CHUNK, (index + 1) * CHUNK),
  })
}

/** A body under the test's control: its first `head` bytes come at once, the rest when `release` is called, or never when `cut` is. */
export function held(bytes: Uint8Array, head: number): { body: ReadableStream<Uint8Array>; release(): void; cut(): void } {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const body = new ReadableStream({
    async start(controller) {
      controller.enqueue(bytes.slice(0, head))
      try {
        await promise
        controller.enqueue(bytes.slice(head))
        controller.close()
      } catch (error) {
        controller.error(error)
      }
    },
  })
  return { body, release: resolve, cut: () => reject(new Error('the sender went away')) }
}

export const sendChunk = ({ key }: Tenant, id: string, index: number, body: BodyInit): Promise<Response> =>
  call('/api/v1/upload/chunk', { method: 'POST', key, headers: { 'X-Upload-ID': id, 'X-Chunk-Index': String(index) }, body })

export const complete = ({ key }: Tenant, upload_id: string) => post('/api/v1/upload/complete', { upload_id }, { key })
export const status = async ({ key }: Tenant, id: string) => (await call(`/api/v1/upload/${id}`, { key })).json<Record<string, unknown>>()

export async function refusal(answer: Response): Promise<[number, string]> {
  return [answer.status, (await answer.json<{ code: string }>()).code]
}

export async function sha256(bytes: Uint8Array | ReadableStream): Promise<string> {
  const digest = new crypto.DigestStream('SHA-256')
  await (bytes instanceof Uint8Array ? new Response(bytes).body! : bytes).pipeTo(digest)
  return Array.from(new Uint8Array(await digest.digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
