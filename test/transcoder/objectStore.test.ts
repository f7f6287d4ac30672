/** One suite for every driver of the object store's port, against the real thing. */
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ObjectStore } from '../../transcoder/src/objectStore/port.ts'
import { startSourceServer } from '../../transcoder/src/sourceServer.ts'
import { s3Store } from '../../transcoder/src/objectStore/s3.ts'
import { scratch } from './support.ts'

const require = createRequire(import.meta.url)
/** The Miniflare that wrangler pins; its R2 speaks S3. */
const miniflare = createRequire(require.resolve('wrangler/package.json'))('miniflare') as {
  Miniflare: new (options: unknown) => { ready: Promise<URL>; dispose(): Promise<void> }
  convertV4MiniflareOptions(options: unknown): Record<string, unknown>
}
const credentials = { accessKeyId: 'local', secretAccessKey: 'a-secret-for-tests-alone' }

const drivers = new Map<string, ObjectStore>()
const server = new miniflare.Miniflare({
  ...miniflare.convertV4MiniflareOptions({
    workers: [
      {
        name: 'empty',
        modules: true,
        script: 'export default { fetch: () => new Response() }',
        compatibilityDate: '2026-01-01',
        r2Buckets: { MEDIA: { id: 'media', s3Credentials: credentials } },
      },
    ],
    host: '127.0.0.1',
    port: 0,
  }),
  telemetry: { enabled: false },
})
beforeAll(async () => {
  const endpoint = new URL('/cdn-cgi/local/r2/s3', await server.ready).href
  drivers.set('s3', s3Store({ endpoint, bucket: 'media', region: 'auto', ...credentials }))
})
afterAll(() => server.dispose())

const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, (_, at) => (at * 31) % 251)
const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0

for (const name of ['s3']) {
  const store = () => drivers.get(name)!

  test(`${name}: what was written is read back, whole and by ranges`, async () => {
    const whole = bytes(300_000)
    await store().write('vod/a/one.m4s', whole, 'video/mp4')
    expect(same(await store().readAll('vod/a/one.m4s'), whole)).toBe(true)
    expect(same(await store().read('vod/a/one.m4s', 0, 1), whole.subarray(0, 1))).toBe(true)
    expect(same(await store().read('vod/a/one.m4s', 1000, 200_000), whole.subarray(1000, 200_000))).toBe(true)
    expect(same(await store().read('vod/a/one.m4s', 299_999, 300_000), whole.subarray(299_999))).toBe(true)
  })

  test(`${name}: an object larger than two mebibytes is stored`, async () => {
    const large = bytes(5 * 1024 * 1024)
    await store().write('vod/a/large.m4s', large, 'video/mp4')
    expect(same(await store().readAll('vod/a/large.m4s'), large)).toBe(true)
  })

  test(`${name}: a missing object and a range past the end are errors, not short answers`, async () => {
    await store().write('vod/a/short.m4s', bytes(10), 'video/mp4')
    await expect(store().readAll('vod/a/none.m4s')).rejects.toThrow()
    await expect(store().read('vod/a/none.m4s', 0, 10)).rejects.toThrow()
    await expect(store().read('vod/a/short.m4s', 5, 15)).rejects.toThrow()
    await expect(store().read('vod/a/short.m4s', 50, 60)).rejects.toThrow()
  })

  test(`${name}: a second write under the same key wins`, async () => {
    await store().write('vod/a/twice.m4s', bytes(10), 'video/mp4')
    await store().write('vod/a/twice.m4s', bytes(20), 'video/mp4')
    expect(await store().readAll('vod/a/twice.m4s')).toHaveLength(20)
  })

  test(`${name}: a source of several unequal objects is read as one`, async () => {
    const whole = bytes(3 * 1024 * 1024)
    const sources = await startSourceServer()
    const ends = [0, 1_000_001, 1_000_002, whole.length]
    const parts = [0, 1, 2].map((index) => ({ key: `src/a/parts/${index}`, sizeBytes: ends[index + 1]! - ends[index]! }))
    for (const [index, { key }] of parts.entries()) await store().write(key, whole.subarray(ends[index], ends[index + 1]), 'application/octet-stream')
    const { url } = sources.open({ key: 'src/a/source', sizeBytes: whole.length, parts, store: store(), signal: new AbortController().signal })
    const read = async (headers: Record<string, string>) => new Uint8Array(await (await fetch(url, { headers })).arrayBuffer())
    expect(same(await read({}), whole)).toBe(true)
    expect(same(await read({ Range: 'bytes=1000000-1000002' }), whole.subarray(1_000_000, 1_000_003))).toBe(true)
    await sources.stop()
  })

  test(`${name}: a file larger than a part is stored whole, and one smaller`, async () => {
    for (const length of [33 * 1024 * 1024 + 7, 16 * 1024 * 1024, 5]) {
      const [file, key] = [join(scratch, 'stored'), `vod/a/file-${length}.mp4`]
      writeFileSync(file, bytes(length))
      await store().writeFile(key, file, 'video/mp4')
      expect(same(await store().readAll(key), bytes(length))).toBe(true)
    }
  })

  test(`${name}: a file whose store is broken off is not there`, async () => {
    const file = join(scratch, 'stored')
    writeFileSync(file, bytes(1000))
    await expect(store().writeFile('vod/a/broken.mp4', file, 'video/mp4', AbortSignal.abort())).rejects.toThrow()
    await expect(store().readAll('vod/a/broken.mp4')).rejects.toThrow()
  })

  test(`${name}: an aborted call ends with an error`, async () => {
    await expect(store().write('vod/a/aborted.m4s', bytes(10), 'video/mp4', AbortSignal.abort())).rejects.toThrow()
    await expect(store().readAll('vod/a/one.m4s', AbortSignal.abort())).rejects.toThrow()
  })

  test(`${name}: many parallel calls succeed`, async () => {
    const keys = Array.from({ length: 40 }, (_, at) => `vod/a/many-${at}.m4s`)
    await Promise.all(keys.map((key, at) => store().write(key, bytes(1000 + at), 'video/mp4')))
    expect((await Promise.all(keys.map((key) => store().readAll(key)))).map(({ length }) => length)).toEqual(keys.map((_, at) => 1000 + at))
  })
}
