import { and, asc, count, desc, eq } from 'drizzle-orm'
import type { Preset, PresetSort, PresetStore } from '../../domain/presets/preset.ts'
import { presets } from './schema.ts'
import { type Db, guarded, write } from './write.ts'

export function presetStore(db: Db): PresetStore {
  return {
    find: async (accountId, id) =>
      (await db
        .select()
        .from(presets)
        .where(and(eq(presets.accountId, accountId), eq(presets.id, id as Preset['id'])))
        .get()) ?? null,
    async list(accountId, sort, { offset, limit }) {
      const mine = eq(presets.accountId, accountId)
      const [items, totals] = await db.batch([
        db.select().from(presets).where(mine).orderBy(...orderOf(sort)).limit(limit).offset(offset),
        db.select({ total: count() }).from(presets).where(mine),
      ])
      return { items, total: totals[0]?.total ?? 0 }
    },
    add: (preset) => write(db.insert(presets).values(preset)),
    save: (preset) =>
      guarded(
        db,
        db
          .update(presets)
          .set({ ...preset, version: preset.version + 1 })
          .where(and(eq(presets.id, preset.id), eq(presets.version, preset.version))),
      ),
    remove: (preset) => guarded(db, db.delete(presets).where(eq(presets.id, preset.id))),
  }
}

const SORT_KEYS = { name: presets.name, created_at: presets.createdAt, updated_at: presets.updatedAt }

function orderOf(sort: PresetSort) {
  const order = sort.startsWith('-') ? desc : asc
  return [order(SORT_KEYS[sort.replace('-', '') as keyof typeof SORT_KEYS]), order(presets.id)]
}
