import { DurableObject } from 'cloudflare:workers'
import { makeDeps } from '../deps.ts'
import { type Env, readConfig } from '../env.ts'
import { sweep } from '../domain/jobs/sweep.ts'

const EVERY_MS = 10_000

/** Housekeeping by alarm: runs the same on Cloudflare and on one machine (local cron never fires). */
export class Janitor extends DurableObject<Env> {
  /** Makes sure the alarm is set. Called by cron, and by the embedded server at start. */
  async arm(): Promise<void> {
    if ((await this.ctx.storage.getAlarm()) === null) await this.setNext()
  }

  private setNext(): Promise<void> {
    return this.ctx.storage.setAlarm(Date.now() + Math.min(EVERY_MS, readConfig(this.env, null).leaseMs / 4))
  }

  override async alarm(): Promise<void> {
    // First the next alarm: a sweep that dies must not end housekeeping.
    await this.setNext()
    await sweep(makeDeps(this.env, this.ctx, null))
  }
}
