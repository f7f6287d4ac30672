import type { Couriers, Dispatcher, RateLimiter } from '../domain/platform.ts'
import type { Env } from '../env.ts'

export function durableCouriers(env: Pick<Env, 'COURIER'>): Couriers {
  return {
    async wake(ids) {
      await Promise.all(ids.map((id) => env.COURIER.get(env.COURIER.idFromName(id)).wake(id)))
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

/** Fails open: a limiter that cannot be reached must not stop the API (reference: cloudflare.md section 5). */
export function durableRateLimiter(env: Env): RateLimiter {
  return {
    async take(subjectId, rateClass) {
      try {
        return await env.RATE_LIMITER.get(env.RATE_LIMITER.idFromName(subjectId)).take(rateClass)
      } catch (error) {
        console.warn(JSON.stringify({ level: 'warn', message: `rate limiter: ${error}` }))
        return { allowed: true, limit: 0, remaining: 0, resetSeconds: 0 }
      }
    },
  }
}
