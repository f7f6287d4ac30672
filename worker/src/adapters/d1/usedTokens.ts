import { sql } from 'drizzle-orm'
import type { UsedTokenStore } from '../../domain/platform.ts'
import { usedTokens } from './schemaOfRights.ts'
import { type Db, write } from './write.ts'

export function usedTokenStore(db: Db): UsedTokenStore {
  return {
    use: (id, expiresAt) => write(db.insert(usedTokens).values({ id, expiresAt })),
    async forgetOld(before, limit) {
      await db.run(sql`DELETE FROM used_tokens WHERE rowid IN (SELECT rowid FROM used_tokens WHERE expires_at < ${before} LIMIT ${limit})`)
    },
  }
}
