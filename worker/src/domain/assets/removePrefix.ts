import type { Deps } from '../ports.ts'

/** Removes every object whose key begins so. Safe to repeat. */
export async function removePrefix(deps: Deps, prefix: string): Promise<void> {
  for (;;) {
    const keys = await deps.objects.list(prefix)
    if (keys.length === 0) return
    await deps.objects.delete(keys)
  }
}
