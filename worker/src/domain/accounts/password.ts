import { Fault } from '@avocet/shared/fault'

/** Lets a password of 8 to 1024 bytes pass; it is used verbatim, never trimmed or cut (ASVS 6.2.8). */
export function demandPassword(password: string, path: string): void {
  const bytes = new TextEncoder().encode(password).length
  if (bytes < 8 || bytes > 1024) throw new Fault('bad_request', 'A password has 8 to 1024 bytes.', { reason: 'invalid_password', errors: [{ path, message: 'Must have 8 to 1024 bytes.' }] })
}

/** The spelling an address is kept and found under. */
export const canonicalEmail = (email: string): string => email.trim().toLowerCase()
