import { and, count, desc, eq, gt, isNull } from 'drizzle-orm'
import type { AgentStore } from '../../domain/fleet.ts'
import { agents, enrolments } from './schemaOfAgents.ts'
import { type Db, guarded, write } from './write.ts'

export function agentStore(db: Db): AgentStore {
  return {
    findByCredentialHash: async (hash) => (await db.select().from(agents).where(eq(agents.credentialHash, hash)).get()) ?? null,
    find: async (id) => (await db.select().from(agents).where(eq(agents.id, id)).get()) ?? null,
    async list({ offset, limit }) {
      const [items, totals] = await db.batch([
        db.select().from(agents).orderBy(desc(agents.id)).limit(limit).offset(offset),
        db.select({ total: count() }).from(agents),
      ])
      return { items, total: totals[0]?.total ?? 0 }
    },
    listSeen: (since) => db.select().from(agents).where(gt(agents.lastSeenAt, since)).orderBy(desc(agents.lastSeenAt)).limit(500),
    add: (agent) => write(db.insert(agents).values(agent)),
    register: (id, { name, bootId, capabilities, protocol }, at) =>
      guarded(db, db.update(agents).set({ name, bootId, capabilities, protocol, lastSeenAt: at }).where(eq(agents.id, id))),
    setDraining: (id, draining) => guarded(db, db.update(agents).set({ draining }).where(eq(agents.id, id))),
    seen: (id, at) => write(db.update(agents).set({ lastSeenAt: at }).where(eq(agents.id, id))),
    addEnrolment: (codeHash, expiresAt, at) => write(db.insert(enrolments).values({ codeHash, expiresAt, createdAt: at })),
    useEnrolment: (codeHash, at) =>
      guarded(
        db,
        db
          .update(enrolments)
          .set({ usedAt: at })
          .where(and(eq(enrolments.codeHash, codeHash), isNull(enrolments.usedAt), gt(enrolments.expiresAt, at))),
      ),
  }
}
