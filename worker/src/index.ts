/** The Worker: fetch, the telemetry queue, cron, and the Durable Object classes. */
import { app } from './app.ts'
import { makeDeps } from './deps.ts'
import { countViews } from './domain/stats/countViews.ts'
import type { Env, TelemetryMessage } from './env.ts'

export { Dispatcher } from './objects/Dispatcher.ts'
export { Janitor } from './objects/Janitor.ts'
export { RateLimiter } from './objects/RateLimiter.ts'

export default {
  fetch: app.fetch,
  async queue(batch, env, ctx) {
    await countViews(makeDeps(env, ctx, null), batch.messages.map(({ body }) => body))
  },
  async scheduled(_event, env) {
    await env.JANITOR.get(env.JANITOR.idFromName('janitor')).arm()
  },
} satisfies ExportedHandler<Env, TelemetryMessage>
