/** A site inside workerd: its ports, its HTTP, and tenants to play with. */
import { createExecutionContext } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { DEFAULT_PROFILE } from '../../shared/src/encode.ts'
import { makeDeps } from '../../worker/src/deps.ts'
import { type Scope, SCOPES } from '../../worker/src/domain/actor.ts'
import { freshVideo } from '../../worker/src/domain/videos/createVideo.ts'
import type { Deps } from '../../worker/src/domain/ports.ts'
import type { Env } from '../../worker/src/env.ts'

export const ORIGIN = 'http://avocet.test'

/** The Worker's own ports, for putting rows in place and looking at what is left. */
export const deps: Deps = makeDeps(env as unknown as Env, createExecutionContext(), null)

/** One HTTP request to the Worker. */
export function call(path: string, init: RequestInit & { key?: string } = {}): Promise<Response> {
  const headers = new Headers(init.headers)
  if (init.key) headers.set('X-API-Key', init.key)
  const worker = (exports as unknown as { default: { fetch: typeof fetch } }).default
  return worker.fetch(new Request(path.startsWith('http') ? path : ORIGIN + path, { redirect: 'manual', ...init, headers }))
}

/** Sends JSON the way the contract's curl does: a body and no JSON Content-Type. */
export function post(path: string, body: unknown, init: RequestInit & { key?: string } = {}): Promise<Response> {
  return call(path, { method: 'POST', ...init, body: JSON.stringify(body) })
}

export interface Tenant {
  accountId: ReturnType<Deps['newId']> & `acc_${string}`
  /** A live API key with the scopes asked for. */
  key: string
}

/** A fresh account with an API key. */
export async function tenant(options: { scopes?: readonly Scope[]; quotaBytes?: number } = {}): Promise<Tenant> {
  const accountId = deps.newId('account')
  const key = `avc_${deps.crypto.randomHex(32)}`
  await deps.commit([
    deps.accounts.add({
      id: accountId,
      name: 'Test',
      storageQuotaBytes: options.quotaBytes ?? 1024 ** 4,
      storageUsedBytes: 0,
      storageReservedBytes: 0,
      queryKeyAllowed: true, encodeProfile: DEFAULT_PROFILE,
      createdAt: deps.now(),
    }),
    deps.apiKeys.add({
      id: deps.newId('apiKey'),
      accountId,
      name: 'test',
      keyHash: await deps.crypto.sha256Hex(key),
      keyPrefix: key.slice(0, 12),
      scopes: [...(options.scopes ?? SCOPES)],
      expiresAt: null,
      lastUsedAt: null,
      revokedAt: null,
      createdAt: deps.now(),
      rateLimits: null,
    }),
  ])
  return { accountId, key }
}

/** A video whose source is known and whose encode is in the state given, without bytes behind it. */
export async function videoOf({ accountId }: Tenant, edits: { title?: string; status?: 'processing' | 'ready' | 'failed' } = {}) {
  const [id, assetId] = [deps.newId('video'), deps.newId('asset')]
  const video = { ...freshVideo(deps, { accountId, videoId: id, assetId, title: edits.title ?? 'A clip' }), status: edits.status ?? ('processing' as const) }
  const asset = { id: assetId, accountId, filename: 'clip.mp4', sizeBytes: 1000, inParts: false, media: null, currentEncodeId: null, createdAt: video.createdAt }
  await deps.commit([deps.assets.add(asset), deps.videos.add(video)])
  return video
}
