import type { Deps } from '../ports.ts'
import { deliver } from './deliver.ts'
import type { WebhookId } from './webhook.ts'

/** At most so many at once to one endpoint. */
const PARALLEL = 4
/** One drain ends after this long, whatever is left: it asks for another. */
const LONGEST_MS = 5 * 60_000

/** Tells one webhook what is due, a few at a time, oldest first; when there will be more, or null. For its courier alone, which runs one drain at a time. */
export async function drainWebhook(deps: Deps, id: WebhookId): Promise<number | null> {
  const begunAt = deps.now()
  for (;;) {
    const due = await deps.deliveries.due(id, deps.now(), PARALLEL)
    if (due.length === 0) return deps.deliveries.nextDue(id, deps.now())
    await Promise.all(due.map((delivery) => deliver(deps, delivery)))
    if (deps.now() - begunAt > LONGEST_MS) return deps.now()
  }
}
