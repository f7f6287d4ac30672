import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import type { ObjectStore } from '../objectStore/port.ts'
import { startSourceServer } from '../sourceServer.ts'
import { verifySource } from './verifySource.ts'

test('U37: a source that is not the file its sender meant fails for good, with the reason; the right one passes', async () => {
  const bytes = Buffer.alloc(3_500_000, 'avocet')
  const store = { read: async (_: string, start: number, end: number) => bytes.subarray(start, end) } as unknown as ObjectStore
  const server = await startSourceServer()
  try {
    const { signal } = new AbortController()
    const { url, check } = server.open({ key: 'src/x/source', sizeBytes: bytes.length, store, signal })
    const context = { sourceUrl: url, checkSource: check, signal }
    await verifySource(context, createHash('sha256').update(bytes).digest('hex'))
    await expect(verifySource(context, 'a'.repeat(64))).rejects.toMatchObject({ class: 'permanent', reason: 'source_checksum_mismatch' })
  } finally {
    await server.stop()
  }
})
