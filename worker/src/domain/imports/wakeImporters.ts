import type { Deps } from '../ports.ts'

/** Wakes the importers of imports that are due: those whose run died, or was never begun. For the Janitor. */
export async function wakeImporters(deps: Deps, limit: number): Promise<void> {
  await deps.importers.wake(await deps.imports.listDue(deps.now(), limit))
}
