import type { Id } from '@avocet/shared/ids'
import { DurableObject } from 'cloudflare:workers'
import { makeDeps } from '../deps.ts'
import type { Env } from '../env.ts'
import { drainWebhook } from '../domain/webhooks/drainWebhook.ts'

/** One for each webhook: tells it what is due, one drain at a time, apart from all others. Losing it loses nothing: the Janitor wakes it again. */
export class Courier extends DurableObject<Env> {
  /** Makes sure a drain follows. While one runs no alarm is set, so what came in behind its last look gets another; after it one is, for the next try. */
  async wake(id: Id<'webhook'>): Promise<void> {
    await this.ctx.storage.put('id', id)
    await this.setAlarm(Date.now())
  }

  override async alarm(): Promise<void> {
    const id = await this.ctx.storage.get<Id<'webhook'>>('id')
    const next = id ? await drainWebhook(makeDeps(this.env, this.ctx, null), id) : null
    if (next !== null) await this.setAlarm(next)
  }

  /** At an instant, or sooner if that is already set. */
  private async setAlarm(at: number): Promise<void> {
    const set = await this.ctx.storage.getAlarm()
    if (set === null || set > at) await this.ctx.storage.setAlarm(at)
  }
}
