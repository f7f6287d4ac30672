/** Imports by URL: the world outside is scripted, everything on this side of it is real. */
import { beforeEach, expect, test } from 'vitest'
import { SCOPES, type Actor } from '../../../../worker/src/domain/actor.ts'
import { cancelImport } from '../../../../worker/src/domain/imports/cancelImport.ts'
import { createImport, type ImportWish } from '../../../../worker/src/domain/imports/createImport.ts'
import type { ImportId } from '../../../../worker/src/domain/imports/import.ts'
import { retryImport } from '../../../../worker/src/domain/imports/retryImport.ts'
import { runImport } from '../../../../worker/src/domain/imports/runImport.ts'
import type { Deps } from '../../../../worker/src/domain/ports.ts'
import { call, deps, post, type Tenant, tenant } from '../../../support/site.ts'
import { CHUNK, file, MEDIA, sha256 } from './support.ts'

type Answer = Response | { status: null; refused: boolean; error: string }
interface Asked {
  url: string
  range: string | null
  ifRange: string | null
}
let [owner, clock, asked] = [null as unknown as Tenant, 0, [] as Asked[]]
/** What the world answers. */
let world: (request: Asked) => Answer

beforeEach(async () => {
  owner = await tenant()
  // Ahead of the running Worker's own clock: its Janitor finds nothing due.
  ;[clock, asked] = [Date.now() + 3_600_000, []]
})

const actor = (): Actor => ({ kind: 'apiKey', accountId: owner.accountId, scopes: SCOPES, subjectId: deps.newId('apiKey'), rateLimits: null, siteAdmin: false })

function outside(): Deps {
  return {
    ...deps,
    now: () => clock,
    importers: { wake: async () => {} },
    outbound: {
      ...deps.outbound,
      resolvesPublicly: async () => true,
      async get(url, headers) {
        const request = { url, range: headers.Range ?? null, ifRange: headers['If-Range'] ?? null }
        asked.push(request)
        const answer = world(request)
        return answer instanceof Response ? { status: answer.status, header: (name) => answer.headers.get(name), body: answer.body } : answer
      },
    },
  }
}

/** A server of one file, as good ones are. */
function serving(bytes: Uint8Array, { etag = '"one"', ranges = true }: { etag?: string | null; ranges?: boolean } = {}): typeof world {
  return ({ range }) => {
    const headers = new Headers(etag === null ? {} : { ETag: etag })
    const [, from, to] = (ranges && /^bytes=(\d+)-(\d+)$/.exec(range ?? '')) || []
    if (from === undefined) {
      headers.set('Content-Length', String(bytes.length))
      return new Response(bytes, { headers })
    }
    const last = Math.min(Number(to), bytes.length - 1)
    headers.set('Content-Range', `bytes ${from}-${last}/${bytes.length}`)
    return new Response(bytes.slice(Number(from), last + 1), { status: 206, headers })
  }
}

const URL_OF_FILE = 'https://files.acme.dev/films/lesson%201.mp4?signature=s3cret'
async function begin(wish: Partial<ImportWish> = {}) {
  const { detail, ingest } = await createImport(outside(), actor(), { url: URL_OF_FILE, ...wish })
  return { video: detail.video.id, id: ingest.id }
}
/** Runs as the importer does until it has nothing more to do now. */
async function run(id: ImportId): Promise<number | null> {
  for (let rounds = 0; rounds < 50; rounds++) {
    const again = await runImport(outside(), id)
    if (again === null || again > clock) return again
  }
  throw new Error('it never rests')
}
const videoOf = async (id: string) => (await call(`/api/v1/videos/${id}`, { key: owner.key })).json<{ import: { received: number }; error: { code: string } }>()
const quota = async () => {
  const account = await deps.accounts.find(owner.accountId)
  return [account?.storageUsedBytes, account?.storageReservedBytes]
}
const stored = async (video: string) => {
  const detail = await deps.videos.findDetail(owner.accountId, video)
  return sha256((await MEDIA.get(`src/${detail?.asset.id}/source`))!.body)
}

test('a file is fetched by ranges into a video that exists from the first moment', async () => {
  const bytes = file(3 * CHUNK + 77)
  world = serving(bytes)
  const { video, id } = await begin()
  expect(await videoOf(video)).toMatchObject({ title: 'lesson 1', status: 'processing', source: { status: 'fetching' }, import: { status: 'fetching', host: 'files.acme.dev', received: 0, size: null } })
  expect(await run(id)).toBeNull()
  expect(await videoOf(video)).toMatchObject({ title: 'lesson 1', source: { status: 'stored', size: bytes.length, filename: 'lesson 1.mp4' }, import: null })
  expect(await stored(video)).toBe(await sha256(bytes))
  expect(asked.slice(1).map(({ ifRange }) => ifRange)).toEqual(Array.from({ length: 4 }, () => '"one"'))
  expect(await quota()).toEqual([bytes.length, 0])
  expect(await (await call(`/api/v1/videos/${video}/import`, { key: owner.key })).json()).toMatchObject({ status: 'completed', received: bytes.length })
})

test('a server without ranges is read from the beginning each time, and nothing that is there is stored again', async () => {
  const bytes = file(2 * CHUNK + 5)
  const whole = serving(bytes, { ranges: false })
  let opened = 0
  world = (request) => {
    const answer = whole(request) as Response
    opened++
    // The second opening, the first of the content, breaks off after its first chunk.
    if (opened !== 2) return answer
    return new Response(bytes.slice(0, CHUNK + 100), { headers: answer.headers })
  }
  const { video, id } = await begin()
  const again = await run(id)
  expect(again).toBeGreaterThan(clock)
  expect(await videoOf(video)).toMatchObject({ import: { status: 'fetching', received: CHUNK, size: bytes.length, attempts: 1, error: { code: 'source_broke_off' } } })
  clock = again as number
  expect(await run(id)).toBeNull()
  expect(await stored(video)).toBe(await sha256(bytes))
})

test('after a fault of the network only what is missing is fetched, after a pause', async () => {
  const bytes = file(3 * CHUNK)
  const good = serving(bytes)
  let broken = true
  world = (request) => (broken && request.range === `bytes=${CHUNK}-${2 * CHUNK - 1}` ? { status: null, refused: false, error: 'connection reset' } : good(request))
  const { video, id } = await begin()
  const again = await run(id)
  expect(again).toBeGreaterThan(clock)
  expect(await videoOf(video)).toMatchObject({ import: { status: 'fetching', error: { code: 'source_unreachable' } } })
  expect(await run(id)).toBe(again)
  ;[broken, asked, clock] = [false, [], again as number]
  expect(await run(id)).toBeNull()
  const fetched = asked.map(({ range }) => range)
  expect(fetched).toContain(`bytes=${CHUNK}-${2 * CHUNK - 1}`)
  expect(fetched).not.toContain(`bytes=0-${CHUNK - 1}`)
  expect(await stored(video)).toBe(await sha256(bytes))
})

test('a file that changes while it is fetched is never joined from two versions', async () => {
  const [old, fresh] = [file(3 * CHUNK, 1), file(3 * CHUNK, 2)]
  let version = serving(old)
  world = (request) => {
    if (request.range === `bytes=${2 * CHUNK}-${3 * CHUNK - 1}`) version = serving(fresh, { etag: '"two"' })
    return version(request)
  }
  const objects = async () => (await MEDIA.list({ prefix: 'src/' })).objects.length
  const before = await objects()
  const { video, id } = await begin()
  expect(await run(id)).toBeNull()
  expect(await videoOf(video)).toMatchObject({ status: 'failed', error: { code: 'source_changed' }, source: { status: 'waiting' }, import: { status: 'failed' } })
  expect(await quota()).toEqual([0, 0])
  expect(await objects()).toBe(before)
  // Tried again by its owner, from the beginning, it is the new one.
  await retryImport(outside(), actor(), video)
  expect(await videoOf(video)).toMatchObject({ status: 'processing', error: null })
  expect(await run(id)).toBeNull()
  expect(await stored(video)).toBe(await sha256(fresh))
})

test.each([
  ['403 is final', () => new Response(null, { status: 403 }), 'source_refused'],
  ['404 is final', () => new Response(null, { status: 404 }), 'source_refused'],
  ['a name that leads inside is never reached (A40)', () => ({ status: null, refused: true, error: '' }) as Answer, 'url_not_allowed'],
  ['an answer without a length cannot be reserved', () => new Response(new ReadableStream({ start: (controller) => controller.close() })), 'source_length_unknown'],
  ['an empty file is none', () => new Response(null, { headers: { 'Content-Length': '0' } }), 'source_empty'],
  ['a file over the site’s limit is refused before it is fetched', () => new Response(null, { headers: { 'Content-Length': String(10 ** 14) } }), 'file_too_large'],
  ['what is called a web page is none of ours', () => new Response('x', { headers: { 'Content-Length': '1', 'Content-Disposition': 'attachment; filename=a.html' } }), 'unsupported_media_type'],
  ['a page in the place of a video is refused', () => new Response('<html>', { headers: { 'Content-Length': '6' } }), 'unsupported_media'],
])('%s, its owner is told why, and nothing is left', async (_, answer, reason) => {
  world = answer as typeof world
  const { video, id } = await begin()
  expect(await run(id)).toBeNull()
  expect(await videoOf(video)).toMatchObject({ status: 'failed', error: { code: reason }, import: { status: 'failed', error: { code: reason } } })
  expect(await quota()).toEqual([0, 0])
})

test('what the quota does not hold is not fetched', async () => {
  owner = await tenant({ quotaBytes: 100 })
  world = serving(file(101))
  const { video, id } = await begin()
  expect(await run(id)).toBeNull()
  expect(await videoOf(video)).toMatchObject({ status: 'failed', error: { code: 'quota_exceeded' } })
  expect(asked).toHaveLength(1)
  expect(await quota()).toEqual([0, 0])
})

test('redirects are followed as far as they stay public, and each address is checked (A40)', async () => {
  const bytes = file(100)
  const target = serving(bytes)
  const moved = (to: string) => new Response(null, { status: 302, headers: { Location: to } })
  world = (request) => (request.url.startsWith('https://files.acme.dev/') ? moved('https://cdn.acme.dev/real.mov') : target(request))
  const first = await begin()
  expect(await run(first.id)).toBeNull()
  expect(await videoOf(first.video)).toMatchObject({ source: { status: 'stored', filename: 'real.mov' } })
  for (const inside of ['http://169.254.169.254/latest/meta-data/', 'https://localhost/', 'https://127.0.0.1/', 'https://[::1]/', 'https://avocet.test/api/v1/me', 'file:///etc/passwd', '//10.0.0.1/']) {
    world = () => moved(inside)
    asked = []
    const { video, id } = await begin()
    expect(await run(id)).toBeNull()
    expect([inside, (await videoOf(video)).error.code, asked.length]).toEqual([inside, 'url_not_allowed', 1])
  }
  world = ({ url }) => moved(`${url}x`)
  const endless = await begin()
  asked = []
  expect(await run(endless.id)).toBeNull()
  expect([(await videoOf(endless.video)).error.code, asked.length]).toEqual(['source_refused', 6])
})

test.each(['http://files.acme.dev/a.mp4', 'https://127.0.0.1/a.mp4', 'https://0x7f.1/a.mp4', 'https://localhost/a.mp4', 'https://user:pass@acme.dev/a.mp4', 'https://acme.dev:22/a', 'ftp://acme.dev/a', 'https://[::ffff:10.0.0.1]/a', 'https://metadata.internal/', 'nonsense', 'https://avocet.test/x'])(
  'A40: an import from %s is refused at once',
  async (url) => {
    const answer = await post('/api/v1/videos/import', { url }, { key: owner.key })
    expect([answer.status, (await answer.json<{ code: string }>()).code]).toEqual([400, 'url_not_allowed'])
  },
)

test('a server that is down is asked again for hours, patiently, and then given up', async () => {
  world = () => new Response(null, { status: 503, headers: { 'Retry-After': '120' } })
  const { video, id } = await begin()
  const begun = clock
  let [again, tries] = [await run(id), 1]
  for (; again !== null; again = await run(id), tries++) {
    expect(again - clock).toBeGreaterThanOrEqual(120_000)
    clock = again
  }
  expect(tries).toBe(13)
  expect(clock - begun).toBeLessThan(24 * 3_600_000)
  expect(await videoOf(video)).toMatchObject({ status: 'failed', error: { code: 'source_unavailable' }, import: { status: 'failed' } })
})

test('cancelled in the middle, an import stops, gives its quota back, and can be begun again', async () => {
  const bytes = file(3 * CHUNK)
  const good = serving(bytes)
  let video = ''
  let cancelled: Promise<void> | null = null
  world = (request) => {
    if (request.range === `bytes=${CHUNK}-${2 * CHUNK - 1}`) cancelled ??= cancelImport(outside(), actor(), video)
    return good(request)
  }
  const begun = await begin()
  video = begun.video
  expect(await run(begun.id)).toBeNull()
  await cancelled
  expect(await videoOf(video)).toMatchObject({ status: 'failed', error: { code: 'import_cancelled' }, source: { status: 'waiting' }, import: { status: 'cancelled' } })
  expect(await quota()).toEqual([0, 0])
  await cancelImport(outside(), actor(), video)
  await retryImport(outside(), actor(), video)
  expect(await run(begun.id)).toBeNull()
  expect(await stored(video)).toBe(await sha256(bytes))
  await expect(cancelImport(outside(), actor(), video)).rejects.toMatchObject({ details: { reason: 'import_ended' } })
  await expect(retryImport(outside(), actor(), video)).rejects.toMatchObject({ details: { reason: 'video_has_source' } })
})

test('a video deleted while its source is fetched takes its import along', async () => {
  world = serving(file(100))
  const { video, id } = await begin()
  await call(`/api/v1/videos/${video}`, { method: 'DELETE', key: owner.key })
  expect(await run(id)).toBeNull()
  expect((await deps.imports.findAny(id))?.state).toBe('failed')
  expect(await quota()).toEqual([0, 0])
  await deps.commit([deps.videos.remove(video)])
  expect(await deps.imports.findAny(id)).toBeNull()
})

test('an import goes into a video that awaits its source, one at a time', async () => {
  world = serving(file(100))
  const { id: video } = await (await post('/api/v1/videos', { title: 'Mine' }, { key: owner.key })).json<{ id: string }>()
  const { id } = await begin({ videoId: video })
  await expect(begin({ videoId: video })).rejects.toMatchObject({ details: { reason: 'import_running' } })
  expect(await run(id)).toBeNull()
  expect(await videoOf(video)).toMatchObject({ title: 'Mine', source: { status: 'stored' } })
  await expect(begin({ videoId: video })).rejects.toMatchObject({ details: { reason: 'video_has_source' } })
})

test('a run that died is taken over where it stopped', async () => {
  const bytes = file(2 * CHUNK)
  world = serving(bytes)
  const { video, id } = await begin()
  // Dies after the first chunk: what follows never returns.
  const good = outside()
  const dying: Deps = { ...good, uploads: { ...good.uploads, putPart: async (part, at) => (part.chunkIndex === 0 ? good.uploads.putPart(part, at) : new Promise(() => {})) } }
  void runImport(dying, id)
  await expect.poll(async () => (await videoOf(video)).import.received).toBe(CHUNK)
  expect(await run(id)).toBeGreaterThan(clock)
  clock += 15 * 60_000
  expect(await deps.imports.listDue(clock, 10)).toContain(id)
  asked = []
  expect(await run(id)).toBeNull()
  expect(asked.map(({ range }) => range)).toEqual([`bytes=${CHUNK}-${2 * CHUNK - 1}`])
  expect(await stored(video)).toBe(await sha256(bytes))
})

test('the address, which may hold a signature, is shown nowhere and kept sealed', async () => {
  world = () => new Response(null, { status: 404 })
  const { video, id } = await begin()
  await run(id)
  expect(JSON.stringify([await videoOf(video), await deps.imports.findAny(id)])).not.toContain('s3cret')
})
