/** The Worker's own bundle and bare routes beside it, in one workerd: what our code costs over what it stands on. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate } from '../../worker/embedded/migrate.ts'

const require = createRequire(import.meta.url)
const wrangler = require('wrangler') as typeof import('wrangler')
const miniflare = createRequire(require.resolve('wrangler/package.json'))('miniflare')

/** One row, one part, one object: the least such a route can do. */
const BARE = `
import worker from './index.js'
export { Audience, AuditLog, Courier, Dispatcher, Importer, Janitor, Media, RateLimiter, Viewers } from './index.js'
let multipart
const entry = {
  ...worker,
  async fetch(request, env, ctx) {
    const url = new URL(request.url)
    if (!url.pathname.startsWith('/bare/')) return worker.fetch(request, env, ctx)
    if (url.pathname === '/bare/row') {
      return Response.json(await env.DB.prepare('SELECT * FROM videos WHERE id = ?').bind(url.searchParams.get('id')).first())
    }
    if (url.pathname === '/bare/object') {
      const object = await env.MEDIA.get(url.searchParams.get('key'))
      return new Response(object.body)
    }
    if (url.pathname === '/bare/bytes') return new Response(new Uint8Array(16))
    multipart ??= await env.MEDIA.createMultipartUpload('bare')
    const part = await multipart.uploadPart(Number(url.searchParams.get('n')), request.body)
    return Response.json(part)
  },
}
export { entry as default }`

export const OPERATOR_TOKEN = 'operator-token-for-benchmarks-0123456789'

/** D1, as much of it as benchmarks use. */
export interface Database {
  prepare(sql: string): { bind(...values: unknown[]): unknown; all<T>(): Promise<{ results: T[] }>; run(): Promise<unknown> }
  batch(statements: unknown[]): Promise<unknown>
}

export interface Bench {
  url: URL
  db: Database
  media: { put(key: string, body: Uint8Array): Promise<unknown> }
  stop(): Promise<void>
}

export async function startBench(): Promise<Bench> {
  const root = process.cwd()
  const dir = mkdtempSync(join(tmpdir(), 'avocet-bench-'))
  const { workerOptions } = wrangler.unstable_getMiniflareWorkerOptions(join(root, 'wrangler.toml'))
  const dist = join(root, 'worker', 'dist')
  // What is measured is one client: as many calls as it makes are let through.
  ;(workerOptions.ratelimits as Record<string, { simple: { limit: number } }>).PLAYBACK_LIMIT!.simple.limit = 1_000_000
  const options = miniflare.convertV4MiniflareOptions({
    workers: [
      {
        ...workerOptions,
        name: 'avocet',
        rootPath: root,
        modulesRoot: dist,
        modules: [
          { type: 'ESModule', path: join(dist, 'bench.js'), contents: BARE },
          { type: 'ESModule', path: join(dist, 'index.js'), contents: readFileSync(join(dist, 'index.js'), 'utf8') },
        ],
        bindings: { AVOCET_SECRET: 'a secret for benchmarks alone, thirty-two', OPERATOR_TOKEN, OUTBOUND_RESOLVER: 'none', EDGE_CACHE: 'none', PUBLIC_URL: 'http://bench.test' },
      },
    ],
    host: '127.0.0.1',
    port: 0,
  })
  const server = new miniflare.Miniflare({ ...options, resourcePersistencePath: dir, unsafeLocalExplorer: false, telemetry: { enabled: false } })
  const url = (await server.ready) as URL
  const db = (await server.getD1Database('DB')) as Database & Parameters<typeof migrate>[0]
  await migrate(db, join(root, 'migrations'))
  return {
    url,
    db,
    media: await server.getR2Bucket('MEDIA'),
    async stop() {
      await server.dispose()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** Keys of the first account, each with the most the operator may allow it: 6,000 calls a minute of each class. */
export async function apiKeys(url: URL, count: number): Promise<string[]> {
  const operator = { Authorization: `Bearer ${OPERATOR_TOKEN}` }
  const boot = await fetch(new URL('/api/auth/bootstrap', url), { method: 'POST', headers: operator })
  const { api_key } = (await boot.json()) as { api_key: string }
  const most = { read: 6_000, write: 6_000, upload: 6_000, stats: 6_000 }
  const keys: string[] = []
  while (keys.length < count) {
    const made = await fetch(new URL('/api/v1/api-keys', url), { method: 'POST', headers: { 'X-API-Key': api_key }, body: JSON.stringify({ name: `bench ${keys.length}` }) })
    const { id, key } = (await made.json()) as { id: string; key: string }
    const limited = await fetch(new URL(`/api/v1/api-keys/${id}/rate-limits`, url), { method: 'PUT', headers: operator, body: JSON.stringify({ rate_limits: most }) })
    if (!limited.ok) throw new Error(`rate limits: ${limited.status}`)
    keys.push(key)
  }
  return keys
}

/** Calls a second over `count` calls of `run`, `parallel` at a time. */
export async function rate(count: number, parallel: number, run: (index: number) => Promise<void>): Promise<number> {
  let next = 0
  const start = performance.now()
  await Promise.all(
    Array.from({ length: parallel }, async () => {
      while (next < count) await run(next++)
    }),
  )
  return (count * 1000) / (performance.now() - start)
}

/**
 * Median of rounds run in turns, ours and what it is held against, so that a noisy machine hurts both alike. Prints one line.
 * `budget`: the least share of `against` that is enough; null where none is set. With a word on the command line, only what has it in its name is run.
 */
export async function compare(what: string, against: string, budget: number | null, rounds: number, ours: () => Promise<number>, bare: () => Promise<number>): Promise<void> {
  if (!what.includes(process.argv[2] ?? '')) return
  const pairs: [ours: number, bare: number][] = []
  await ours()
  await bare()
  for (let round = 0; round < rounds; round++) pairs.push([await ours(), await bare()])
  const [a, b] = pairs.sort(([a, b], [c, d]) => a / b - c / d)[Math.floor(rounds / 2)] as [number, number]
  const share = (of: number) => `${(of * 100).toFixed(0)} %`
  const bounds = budget === null ? 'no budget' : `budget ${share(budget)}${a / b < budget ? ', MISSED' : ''}`
  console.log(`${what}: ${share(a / b)} of ${against} (${bounds}; ${a.toFixed(0)} against ${b.toFixed(0)} a second)`)
}
