/**
 * One account with one of everything, and its names for it in every dialect: they are read out of what its owner is told, surface by
 * surface, so nobody has to teach this file a new dialect's spelling.
 */
import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import type { Route } from '../../../worker/src/http/route.ts'
import type { Surface } from '../../../worker/src/http/surface.ts'
import { reporter, session, tell } from '../../support/audience.ts'
import { encoded, enrol, queuedVideo, type TestAgent } from '../../support/fleet.ts'
import { call, deps, post, type Tenant } from '../../support/site.ts'
import { addressOf, ask, type Target, busyTenant, isAccounts, PARAMETER, PRESENTED, prefixesOf, secretsOf, targets } from './callers.ts'
import { fitting, jsonSchemaOf } from './fromSchema.ts'

export interface Everything {
  owner: Tenant
  /** Identifiers of the owner's things, as any dialect spells them. */
  names: string[]
  /** Those that open something by themselves: embed tokens and the like. Who holds one may use it. */
  capabilities: Set<string>
  /** Rows that are the owner's, as text, by table. */
  rows(): Promise<Record<string, string[]>>
  /** Headers by which a key is sent to a surface. */
  present(surface: Surface, key: string): Record<string, string>
  /** Parameter values of a route that its owner can use; null when none of the owner's things fits. */
  values: Map<string, string[]>
}

/** Chunks are numbered. */
export const FIRST_CHUNK = '0'
/** Dialects name tracks by it. */
const LANGUAGE = 'en'
const VTT = 'WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n'

/** Makes the account. Everything in it that a person can write holds `mark`. */
export async function everything(mark: string): Promise<Everything> {
  const owner = await busyTenant()
  const whole = await encoded(owner, true)
  const { video, encodeId } = whole
  const now = Date.now()
  await tell(reporter(whole)(video.id, session(now - 60_000), { referrer: `https://${mark}.example/` }, { at: now, viewerId: mark }))
  const host = await enrol()
  await queuedVideo(owner)
  const lease = await host.claim('prepare')
  await withDownload(owner, video.id, host)
  const with_ = { key: owner.key }
  const made = async (answer: Promise<Response>) => (await (await answer).json<Record<string, string>>())
  await call(`/api/v1/videos/${video.id}`, { ...with_, method: 'PUT', body: JSON.stringify({ title: mark, description: mark, visibility: 'private' }) })
  const [live, track, , , preset, key, token, signing, upload, webhook, uploadToken] = await Promise.all([
    made(post('/api/v1/live-streams', { name: mark, visibility: 'private' }, with_)),
    made(call(`/api/v1/videos/${video.id}/subtitles?language=en&label=${mark}`, { ...with_, method: 'POST', body: VTT })),
    made(call(`/api/v1/videos/${video.id}/subtitles?language=en&kind=chapters`, { ...with_, method: 'POST', body: VTT })),
    made(post('/api/v1/videos/import', { url: `https://${mark}.acme.dev/a.mp4` }, with_)),
    made(post('/api/v1/presets', { name: mark, settings: { watermark_text: mark } }, with_)),
    made(post('/api/v1/api-keys', { name: mark, scopes: ['videos:read'] }, with_)),
    made(post('/api/v1/embed-token', { video_id: video.id, viewer_id: mark }, with_)),
    made(post('/api/v1/signing-keys', { name: mark }, with_)),
    made(post('/api/v1/upload/init', { filename: `${mark}.mp4`, size: 10 }, with_)),
    made(post('/api/v1/webhooks', { url: `https://${mark}.acme.dev/`, description: mark }, with_)),
    made(post('/api/v1/upload-tokens', { name: mark }, with_)),
  ])
  // Cancelled, so that nothing of it moves while others are watched.
  const imported = await made(post('/api/v1/videos/import', { url: `https://${mark}.acme.dev/a.mp4`, title: mark }, with_))
  await call(`/api/v1/videos/${imported.id}/import`, { ...with_, method: 'DELETE' })
  // What one dialect makes, others may not show. tus goes on with the uploads that it began alone.
  const tus = await call('/tus', { ...with_, method: 'POST', headers: { 'Tus-Resumable': '1.0.0', 'Upload-Length': '10', 'Upload-Metadata': `filename ${btoa(`${mark}.mp4`)}` } })
  const tusUpload = tus.headers.get('Location')?.split('/').at(-1)
  await call('/webhooks', { method: 'POST', headers: { Authorization: `Basic ${btoa(`${owner.key}:`)}` }, body: JSON.stringify({ url: `https://${mark}.acme.dev/`, events: ['video.encoding.quality.completed'] }) })
  const { event_id } = await made(call(`/api/v1/webhooks/${webhook!.id}/test`, { ...with_, method: 'POST' }))
  const capabilities = new Set([video.embedToken, token!.embed_token!])
  const native = [owner.accountId, video.id, video.assetId, encodeId, live!.id, track!.id, preset!.id, key!.id, token!.id, signing!.id, upload!.upload_id, webhook!.id, event_id, lease?.id, uploadToken!.id, imported.id, tusUpload]
  for (const secret of [mark, owner.key, live!.stream_key, key!.key, webhook!.secret, uploadToken!.token, ...capabilities]) if (secret) secretsOf.owner.add(secret)
  const names = new Set([...native.filter((name) => name !== undefined), ...capabilities, FIRST_CHUNK, LANGUAGE])
  const present = await presenters(owner.key)
  const world: Everything = { owner, names: [], capabilities, rows: () => rowsHolding(native.filter((name) => name !== undefined)), present, values: new Map() }
  await populate(world)
  await learn(world, names)
  world.names = [...names]
  return world
}

/** Makes the file of a downloadable video. */
async function withDownload({ key }: Tenant, id: string, host: TestAgent): Promise<void> {
  await call(`/api/v1/videos/${id}`, { key, method: 'PUT', body: '{"downloadable":true}' })
  const lease = (await host.claim('download'))!
  if (lease.task.kind === 'download') await deps.objects.put(lease.task.key, new Uint8Array([1]), 1, 'video/mp4')
  await host.commit(lease, { kind: 'download', sizeBytes: 1 })
}

/** By which of the ways each surface takes keys. */
async function presenters(key: string): Promise<Everything['present']> {
  const ways = new Map<string, (key: string) => Record<string, string>>()
  for (const { surface, route, path } of targets.filter((target) => isAccounts(target) && target.route.method === 'GET' && !target.path.includes(':'))) {
    for (const way of Object.values(PRESENTED)) {
      if (ways.has(surface.name) || route.needs === 'signedIn') continue
      if ((await ask(path, { headers: way(key) }, true)).status < 400) ways.set(surface.name, way)
    }
  }
  return (surface, text) => (ways.get(surface.name) ?? PRESENTED.header!)(text)
}

/** What the native API has no word for: the owner makes one of each through every other surface. */
async function populate(world: Everything): Promise<void> {
  const makers = targets.filter((target) => isAccounts(target) && target.surface.name !== 'native' && target.route.method === 'POST' && !target.path.includes(':') && target.route.input?.body)
  for (const { surface, route, path } of makers) {
    for (const body of fc.sample(fitting(jsonSchemaOf(route.input!.body!)), { numRuns: 20, seed: 7 })) {
      const { status } = await ask(path, { method: 'POST', headers: world.present(surface, world.owner.key), body: JSON.stringify(body) }, true)
      if (status < 300) break
    }
  }
}

const IDENTIFIER = /^(?:[a-z]{2,7}_[0-9a-z]{26}|[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[A-Za-z]{2,3}[A-Za-z0-9]{15,60})$/

/** What an address must say besides, where its route asks for something: a time, and by what to tell apart. */
const DEMANDED: Record<string, string>[] = [{}, { period: '2000/2099' }, { from: new Date().toISOString().slice(0, 10), dimension: 'country' }]
const demandedQuery = ({ route }: Target): string => {
  const said = DEMANDED.find((one) => route.input?.query?.safeParse(one).success) ?? {}
  return Object.keys(said).length > 0 ? `?${new URLSearchParams(said)}` : ''
}

/** Reads every list and thing the owner can read, adding what names are found, until nothing new fits. */
async function learn({ owner, present, values, capabilities }: Everything, names: Set<string>): Promise<void> {
  const readable = targets.filter((target) => isAccounts(target) && target.route.method === 'GET')
  const good = new Map<string, Set<string>>()
  for (let round = 0; round < 3; round++) {
    for (const target of readable) {
      const prefixes = prefixesOf(target.path)
      if (values.has(target.name)) continue
      for (const tried of candidates(prefixes, good, names, parametersOf(target))) {
        const { status, text } = await ask(addressOf(target.path, tried) + demandedQuery(target), { headers: { ...present(target.surface, owner.key), 'Tus-Resumable': '1.0.0' } }, true)
        if (status === 429) throw new Error(`the owner may not ask for ${target.name} any more: what follows would attack nothing`)
        // Not built yet: it has nothing.
        if (status === 501) break
        if (status >= 300) continue
        values.set(target.name, tried)
        const last = prefixes.at(-1)
        if (last) good.set(last, (good.get(last) ?? new Set()).add(tried.at(-1)!))
        for (const [, name, found] of text.matchAll(/"(\w+)":\s*"?([\w-]+)"?/g)) {
          if (!IDENTIFIER.test(found!)) continue
          names.add(found!)
          if (/token/i.test(name!)) {
            capabilities.add(found!)
            secretsOf.owner.add(found!)
          }
        }
        if (prefixes.length === 0 || values.size > 400) break
      }
    }
  }
}

/** What each parameter of a route may be, as its schema says: one of these words, or of `names` those it takes. */
const parametersOf = ({ path, route }: Target) => (names: readonly string[]): string[][] => {
  const shape = (route.input?.params as { shape?: Record<string, NonNullable<NonNullable<Route['input']>['body']>> } | undefined)?.shape ?? {}
  return [...path.matchAll(PARAMETER)].map(([, name = '']) => {
    const schema = shape[name]
    if (!schema) return [...names]
    return (jsonSchemaOf(schema).enum as string[] | undefined) ?? names.filter((one) => schema.safeParse(one).success)
  })
}

/** Values for each parameter: what fitted there before, else everything known (that `fits` lets through); at most a few thousand together. */
export function candidates(prefixes: readonly string[], good: ReadonlyMap<string, Set<string>>, names: ReadonlySet<string>, fits: (names: readonly string[]) => string[][] = () => []): string[][] {
  let all: string[][] = [[]]
  const fitting = fits([...names])
  for (const [at, prefix] of prefixes.entries()) {
    const known = at < prefixes.length - 1 && good.get(prefix) ? [...good.get(prefix)!].filter((_, place, { length }) => place < 2 || place >= length - 2) : (fitting[at] ?? [...names])
    all = all.flatMap((before) => known.map((value) => [...before, value])).slice(0, 3_000)
  }
  return all
}

const { DB } = env as unknown as { DB: D1Database }
/** What moves by itself: clocks of use, and what couriers and the janitor do meanwhile. */
const RESTLESS: Record<string, RegExp> = {
  api_keys: /^last_used_at$/,
  webhooks: /^(failing_since|disabled_at|disabled_reason|updated_at|version)$/,
  jobs: /^(state|agent_id|lease_until|run_after|epoch|attempts|updated_at)$/,
  deliveries: /^(?!event_id$|webhook_id$)/,
}
const NO_TABLE_OF_OURS = /^(_cf|sqlite_|d1_)/

/** All rows that name one of these ids. */
async function rowsHolding(ids: readonly string[]): Promise<Record<string, string[]>> {
  const { results } = await DB.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all<{ name: string }>()
  const found: Record<string, string[]> = {}
  for (const { name } of results.filter((table) => !NO_TABLE_OF_OURS.test(table.name))) {
    const { results: rows } = await DB.prepare(`SELECT * FROM "${name}"`).all<Record<string, unknown>>()
    const still = rows.map((row) => JSON.stringify(Object.entries(row).filter(([column]) => !RESTLESS[name]?.test(column))))
    const mine = still.filter((text) => ids.some((id) => text.includes(id))).sort()
    if (mine.length > 0) found[name] = mine
  }
  return found
}
