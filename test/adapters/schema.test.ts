import { env } from 'cloudflare:workers'
import { getTableConfig, type SQLiteTable } from 'drizzle-orm/sqlite-core'
import { expect, test } from 'vitest'

declare global {
  interface ImportMeta {
    glob<T>(pattern: string, options: { eager: true }): Record<string, T>
  }
}

const { DB } = env as unknown as { DB: D1Database }
const schemas = import.meta.glob<Record<string, SQLiteTable>>('../../worker/src/adapters/d1/schema*.ts', { eager: true })
const tables = Object.values(schemas).flatMap((schema) => Object.values(schema).map((table) => getTableConfig(table)))

test.each(tables.map((table) => [table.name, table] as const))('%s: schema.ts and the migrations agree on every column', async (name, table) => {
  const { results } = await DB.prepare(`PRAGMA table_info(${name})`).all<{ name: string; type: string; notnull: number; pk: number }>()
  const migrated = results.map((column) => [column.name, column.type, column.notnull === 1 || column.pk > 0])
  const declared = table.columns.map((column) => [column.name, column.getSQLType().toUpperCase(), column.notNull || column.primary])
  expect(declared.sort()).toEqual(migrated.sort())
})

test('no table is missing from schema.ts', async () => {
  const { results } = await DB.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '_cf_%' AND name <> 'd1_migrations'").all<{ name: string }>()
  expect(results.map(({ name }) => name).sort()).toEqual([...tables.map(({ name }) => name), 'guard'].sort())
})
