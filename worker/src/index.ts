/** The Worker: fetch, the telemetry queue, cron, and the Durable Object classes. */
import { app } from './app.ts'
import { makeDeps } from './deps.ts'
import { takeTelemetry } from './domain/analytics/takeTelemetry.ts'
import type { TelemetryItem } from './domain/usage.ts'
import type { Env } from './env.ts'
import { fromCache } from './media.ts'

export { Audience } from './objects/Audience.ts'
export { AuditLog } from './objects/AuditLog.ts'
export { Courier } from './objects/Courier.ts'
export { Dispatcher } from './objects/Dispatcher.ts'
export { Importer } from './objects/Importer.ts'
export { Janitor } from './objects/Janitor.ts'
export { Media } from './media.ts'
export { RateLimiter } from './objects/RateLimiter.ts'
export { Viewers } from './objects/Viewers.ts'

/** Whether this isolate has seen to it that housekeeping runs. Cron does the same, but never fires on one machine. */
let armed = false

export default {
  fetch(request, env, ctx) {
    if (!armed) {
      armed = true
      ctx.waitUntil(armJanitor(env).catch(() => (armed = false)))
    }
    return fromCache(request, env, ctx) ?? app.fetch(request, env, ctx)
  },
  async queue(batch, env, ctx) {
    await takeTelemetry(makeDeps(env, ctx, null), batch.messages.flatMap(({ body }) => body))
  },
  async scheduled(_event, env) {
    await armJanitor(env)
  },
} satisfies ExportedHandler<Env, TelemetryItem[]>

function armJanitor(env: Env): Promise<void> {
  return env.JANITOR.get(env.JANITOR.idFromName('janitor')).arm()
}
