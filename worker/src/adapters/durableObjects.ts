import type { Importers } from '../domain/ingest.ts'
import type { Couriers, Dispatcher, RateLimiter, Viewers } from '../domain/platform.ts'
import type { Audiences, AuditLogs } from '../domain/usage.ts'
import type { Env } from '../env.ts'
import { Remembered } from './remembered.ts'

export function durableCouriers(env: Pick<Env, 'COURIER'>): Couriers {
  return {
    async wake(ids) {
      await Promise.all(ids.map((id) => env.COURIER.get(env.COURIER.idFromName(id)).wake(id)))
    },
  }
}

export function durableImporters(env: Pick<Env, 'IMPORTER'>): Importers {
  return {
    async wake(ids) {
      await Promise.all(ids.map((id) => env.IMPORTER.get(env.IMPORTER.idFromName(id)).wake(id)))
    },
  }
}

export function durableDispatcher(env: Env): Dispatcher {
  const stub = () => env.DISPATCHER.get(env.DISPATCHER.idFromName('agents'))
  return {
    wait: (ms) => stub().wait(ms),
    async wake() {
      try {
        await stub().wake()
      } catch (error) {
        console.warn(JSON.stringify({ level: 'warn', message: `dispatcher: ${error}` }))
      }
    },
  }
}

/** Fails open: a limiter that cannot be reached must not stop the API. The platform's shield, which counts per location alone, is its backstop then. */
export function durableRateLimiter(env: Pick<Env, 'RATE_LIMITER' | 'PLAYBACK_LIMIT'>): RateLimiter {
  const ids = new Remembered<string, DurableObjectId>(5_000)
  const idOf = (owner: string) => {
    const id = ids.get(owner) ?? env.RATE_LIMITER.idFromName(owner)
    ids.set(owner, id)
    return id
  }
  const failed = (error: unknown) => console.warn(JSON.stringify({ level: 'warn', message: `rate limiter: ${error}` }))
  async function mayPlay(who: string): Promise<boolean> {
    try {
      return (await env.PLAYBACK_LIMIT.limit({ key: who })).success
    } catch (error) {
      failed(error)
      return true
    }
  }
  return {
    async take({ owner, name, limit, windowSeconds }) {
      try {
        return await env.RATE_LIMITER.get(idOf(owner)).take(name, limit, windowSeconds)
      } catch (error) {
        failed(error)
        return (await mayPlay(`api ${owner}`)) ? null : { allowed: false, limit, remaining: 0, resetSeconds: 10 }
      }
    },
    mayPlay,
  }
}

/** Seats and views in objects of their own. Fails open: an outage of the counters must not stop playback. */
export function durableViewers(env: Pick<Env, 'VIEWERS'>): Viewers {
  const stub = (name: string) => env.VIEWERS.get(env.VIEWERS.idFromName(name))
  const open = (error: unknown) => {
    console.warn(JSON.stringify({ level: 'warn', message: `viewers: ${error}` }))
    return true
  }
  return {
    seat: async (scope, sessionId, limit, take) => stub(`seats ${scope}`).seat(sessionId, limit, take).catch(open),
    view: async (tokenId, sessionId, limit, take, until) => stub(`views ${tokenId}`).view(sessionId, limit, take, until).catch(open),
  }
}

export function durableAudiences(env: Pick<Env, 'AUDIENCE'>): Audiences {
  const stub = (videoId: string) => env.AUDIENCE.get(env.AUDIENCE.idFromName(videoId))
  return {
    report: async (videoId, reports) => stub(videoId).report(videoId, reports),
    viewers: async (videoId, slice) => stub(videoId).viewers(slice),
    sessions: async (videoId, query, slice) => stub(videoId).sessions(query, slice),
    sessionEvents: async (videoId, sessionId) => stub(videoId).sessionEvents(sessionId),
    forget: async (videoId) => stub(videoId).forget(),
  }
}

export function durableAuditLogs(env: Pick<Env, 'AUDIT_LOG'>): AuditLogs {
  const stub = (keyId: string) => env.AUDIT_LOG.get(env.AUDIT_LOG.idFromName(keyId))
  return {
    add: async (keyId, requests) => stub(keyId).add(requests),
    list: async (keyId) => stub(keyId).list(),
  }
}
