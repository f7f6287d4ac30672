import type { Deps } from '../ports.ts'

/** One round of housekeeping. Every step is safe to repeat and to be cut short. */
export async function sweep(_deps: Deps): Promise<void> {}
