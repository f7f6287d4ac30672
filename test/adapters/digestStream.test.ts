import { expect, test } from 'vitest'
import { deps } from '../support/site.ts'

const hexOf = async (bytes: Uint8Array) => [...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))].map((byte) => byte.toString(16).padStart(2, '0')).join('')
const bytesOf = (length: number) => Uint8Array.from({ length }, (_, index) => (index * 31) % 251)
const collect = async (stream: ReadableStream<Uint8Array>) => new Uint8Array(await new Response(stream).arrayBuffer())

/** Bodies as they come: sized, in scraps of unknown length, and from a stream that fills no buffers. */
const sources: [string, (bytes: Uint8Array) => ReadableStream<Uint8Array>][] = [
  ['a request of known length', (bytes) => new Request('http://x/', { method: 'POST', body: bytes }).body as ReadableStream<Uint8Array>],
  ['a pipe', (bytes) => {
    const { readable, writable } = new IdentityTransformStream()
    void new Response(bytes).body?.pipeTo(writable).catch(() => {})
    return readable as ReadableStream<Uint8Array>
  }],
  ['scraps', (bytes) => new ReadableStream({
    start(controller) {
      for (let at = 0; at < bytes.length; at += 70_001) controller.enqueue(bytes.slice(at, at + 70_001))
      controller.close()
    },
  })],
]

test.each(sources)('the digest of %s is that of its bytes, and the bytes come through whole, whatever their number', async (_, source) => {
  for (const length of [1, 131_071, 131_072, 131_073, 200_000, 262_144, 1_000_003, 5 * 1024 * 1024]) {
    const bytes = bytesOf(length)
    const digested = deps.crypto.digestStream(source(bytes))
    const through = await collect(digested.body)
    expect([length, through.length, await digested.sha256]).toEqual([length, length, await hexOf(bytes)])
    expect(await hexOf(through)).toBe(await hexOf(bytes))
  }
})

test('who stops reading early still learns how long it was', async () => {
  const digested = deps.crypto.digestStream(new Response(bytesOf(1_000_000)).body as ReadableStream<Uint8Array>)
  const reader = digested.body.getReader()
  await reader.read()
  await reader.cancel()
  expect(await digested.length()).toBe(1_000_000)
})

test('a source that goes on has no length yet, and cancelling ends it', async () => {
  let cancelled = false
  const endless = new ReadableStream({
    pull: (controller) => new Promise((resolve) => setTimeout(() => resolve(controller.enqueue(bytesOf(1_000))), 20)), 
    cancel() {
      cancelled = true
    },
  })
  const digested = deps.crypto.digestStream(endless)
  const failed = digested.sha256.then(() => 'hashed', () => 'stopped')
  void digested.body.cancel()
  expect(await digested.length()).toBeNull()
  digested.cancel()
  expect([await failed, cancelled]).toEqual(['stopped', true])
})

test('a source that breaks breaks the body and the digest', async () => {
  const broken = new ReadableStream({
    start(controller) {
      controller.enqueue(bytesOf(10))
    },
    pull(controller) {
      controller.error(new Error('the client left'))
    },
  })
  const digested = deps.crypto.digestStream(broken)
  const outcomes = await Promise.allSettled([collect(digested.body), digested.sha256])
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
})
