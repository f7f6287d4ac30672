/** Joins every port to its adapter. Nothing else does. */
import { makeId } from '@avocet/shared/ids'
import { drizzle } from 'drizzle-orm/d1'
import { addresses } from './adapters/addresses.ts'
import { captionParser } from './adapters/captions.ts'
import { webCrypto } from './adapters/crypto.ts'
import { accountStore, userStore } from './adapters/d1/accounts.ts'
import { agentStore } from './adapters/d1/agents.ts'
import { apiKeyStore } from './adapters/d1/apiKeys.ts'
import { assetStore } from './adapters/d1/assets.ts'
import { embedStore, embedTokenStore } from './adapters/d1/embeds.ts'
import { encodeStore } from './adapters/d1/encodes.ts'
import { deliveryStore } from './adapters/d1/deliveries.ts'
import { eventStore } from './adapters/d1/events.ts'
import { idempotencyStore } from './adapters/d1/idempotency.ts'
import { importStore } from './adapters/d1/imports.ts'
import { jobStore } from './adapters/d1/jobs.ts'
import { revocationStore } from './adapters/d1/revocations.ts'
import { signingKeyStore } from './adapters/d1/signingKeys.ts'
import { liveStreamStore } from './adapters/d1/liveStreams.ts'
import { presetStore } from './adapters/d1/presets.ts'
import { usageStore } from './adapters/d1/stats.ts'
import { thresholdStore } from './adapters/d1/thresholds.ts'
import { trackStore } from './adapters/d1/tracks.ts'
import { sourceStore } from './adapters/d1/sources.ts'
import { usedTokenStore } from './adapters/d1/usedTokens.ts'
import { uploadStore } from './adapters/d1/uploads.ts'
import { uploadTokenStore } from './adapters/d1/uploadTokens.ts'
import { videoStore } from './adapters/d1/videos.ts'
import { webhookStore } from './adapters/d1/webhooks.ts'
import { commit } from './adapters/d1/write.ts'
import { durableAudiences, durableAuditLogs, durableCouriers, durableDispatcher, durableImporters, durableRateLimiter, durableViewers } from './adapters/durableObjects.ts'
import { embedSignatures } from './adapters/embedSignatures.ts'
import { outboundFetch, RESOLVER } from './adapters/outbound.ts'
import { passwordHasher } from './adapters/passwords.ts'
import { queueTelemetry } from './adapters/queueTelemetry.ts'
import { r2ObjectStore } from './adapters/r2/objectStore.ts'
import { sealer } from './adapters/sealer.ts'
import { tokenSigner } from './adapters/tokens.ts'
import type { Deps } from './domain/ports.ts'
import { standardSpelling } from './domain/webhooks/standardSpelling.ts'
import { wakeCouriers } from './domain/webhooks/wakeCouriers.ts'
import { apivideoSpelling, SPELLING } from './surfaces/apivideo/webhookSpelling.ts'
import { type Env, readConfig } from './env.ts'

/** Built once per isolate and environment; only what belongs to one request is made per request. */
let shared: { env: Env; deps: Omit<Deps, 'config' | 'defer'> } | null = null

/** The ports for one request (or, without one, for a queue batch or an alarm). `defer` keeps work alive after the answer. */
export function makeDeps(env: Env, ctx: { waitUntil(work: Promise<unknown>): void }, request: Request | null): Deps {
  if (shared?.env !== env) shared = { env, deps: joinPorts(env) }
  const joined = shared.deps
  const deps: Deps = {
    ...joined,
    config: readConfig(env, request),
    defer: (work) => ctx.waitUntil(work.catch((error) => console.error(JSON.stringify({ level: 'error', message: `deferred: ${error}` })))),
    async commit(writes) {
      await joined.commit(writes)
      if (writes.some(({ tells }) => tells)) deps.defer(wakeCouriers(deps))
    },
  }
  return deps
}

function joinPorts(env: Env): Omit<Deps, 'config' | 'defer'> {
  const db = drizzle(env.DB)
  const now = () => Date.now()
  const seals = sealer(env.AVOCET_SECRET, env.AVOCET_SECRET_PREVIOUS)
  const newId: Deps['newId'] = (kind) => makeId(kind, now(), webCrypto.randomBytes(10))
  return {
    now,
    newId,
    commit: (writes) => commit(db, writes),
    accounts: accountStore(db),
    users: userStore(db),
    apiKeys: apiKeyStore(db, now),
    videos: videoStore(db),
    assets: assetStore(db),
    uploads: uploadStore(db),
    uploadTokens: uploadTokenStore(db),
    imports: importStore(db),
    encodes: encodeStore(db, now),
    idempotency: idempotencyStore(db),
    sources: sourceStore(db),
    usedTokens: usedTokenStore(db),
    jobs: jobStore(db),
    agents: agentStore(db),
    embedTokens: embedTokenStore(db),
    embeds: embedStore(db, now),
    revocations: revocationStore(db),
    signingKeys: signingKeyStore(db, now),
    tracks: trackStore(db),
    presets: presetStore(db),
    liveStreams: liveStreamStore(db),
    webhooks: webhookStore(db),
    spellings: { standard: standardSpelling, [SPELLING]: apivideoSpelling },
    deliveries: deliveryStore(db),
    thresholds: thresholdStore(db),
    events: eventStore(db, () => newId('event'), now),
    objects: r2ObjectStore(env.MEDIA),
    crypto: webCrypto,
    passwords: passwordHasher,
    tokens: tokenSigner(env.AVOCET_SECRET, env.AVOCET_SECRET_PREVIOUS, now),
    captions: captionParser,
    dispatcher: durableDispatcher(env),
    telemetry: queueTelemetry(env.TELEMETRY, env.AVOCET_SECRET),
    usage: usageStore(db),
    audiences: durableAudiences(env),
    auditLogs: durableAuditLogs(env),
    limiter: durableRateLimiter(env),
    couriers: durableCouriers(env),
    importers: durableImporters(env),
    outbound: outboundFetch({ resolver: env.OUTBOUND_RESOLVER === 'doh' ? RESOLVER : null }),
    seals,
    embedSignatures: embedSignatures(seals, now),
    addresses,
    viewers: durableViewers(env),
  }
}
