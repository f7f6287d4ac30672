import type { Deps } from '../ports.ts'

const BATCH = 100

/** Wakes the couriers of webhooks that have something due. Called after every commit that tells of something, and by the Janitor. */
export async function wakeCouriers(deps: Deps): Promise<void> {
  const due = await deps.deliveries.webhooksDue(deps.now(), BATCH)
  await deps.couriers.wake(due)
}
