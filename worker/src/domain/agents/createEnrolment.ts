import type { Deps } from '../ports.ts'

const LIFETIME_MS = 60 * 60_000

/** Makes a one-use code with which one host can become an agent within the hour. Shown once; only its hash is kept. */
export async function createEnrolment(deps: Deps): Promise<{ code: string; expiresAt: number }> {
  const code = `enrol_${deps.crypto.randomHex(24)}`
  const expiresAt = deps.now() + LIFETIME_MS
  await deps.commit([deps.agents.addEnrolment(await deps.crypto.sha256Hex(code), expiresAt, deps.now())])
  return { code, expiresAt }
}
