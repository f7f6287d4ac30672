import { sql } from 'drizzle-orm'
import type { RevocationStore } from '../../domain/rights.ts'
import { revocations } from './schemaOfRights.ts'
import { type Db, write } from './write.ts'

export function revocationStore(db: Db): RevocationStore {
  return {
    put: (revocation) =>
      write(
        db
          .insert(revocations)
          .values(revocation)
          .onConflictDoUpdate({
            target: [revocations.accountId, revocations.kind, revocations.subject],
            set: {
              revokedAt: sql`max(${revocations.revokedAt}, excluded.revoked_at)`,
              version: sql`nullif(max(coalesce(${revocations.version}, -1), coalesce(excluded.version, -1)), -1)`,
            },
          }),
      ),
  }
}
