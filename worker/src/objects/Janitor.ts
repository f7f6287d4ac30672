import { DurableObject } from 'cloudflare:workers'
import { makeDeps } from '../deps.ts'
import type { Env } from '../env.ts'
import { sweep } from '../domain/jobs/sweep.ts'

/** Housekeeping by alarm: runs the same on Cloudflare and on one machine (local cron never fires). */
export class Janitor extends DurableObject<Env> {
  private static readonly EVERY_MS = 10_000

  /** Makes sure the alarm is set. Called by cron, and by the embedded server at start. */
  async arm(): Promise<void> {
    if ((await this.ctx.storage.getAlarm()) === null) await this.ctx.storage.setAlarm(Date.now() + Janitor.EVERY_MS)
  }

  override async alarm(): Promise<void> {
    // First the next alarm: a sweep that dies must not end housekeeping.
    await this.ctx.storage.setAlarm(Date.now() + Janitor.EVERY_MS)
    await sweep(makeDeps(this.env, this.ctx, null))
  }
}
