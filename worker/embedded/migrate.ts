import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { unstable_splitSqlQuery as splitSql } from 'wrangler'

interface Database {
  prepare(sql: string): { bind(...values: unknown[]): unknown; all(): Promise<{ results: unknown[] }> }
  batch(statements: unknown[]): Promise<unknown>
}

/** Applies what is new under `folder`, each file as one transaction, kept in the same table as `wrangler d1 migrations apply`. Returns the names applied. */
export async function migrate(db: Database, folder: string): Promise<string[]> {
  await db.batch([
    db.prepare(
      'CREATE TABLE IF NOT EXISTS d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)',
    ),
  ])
  const { results } = await db.prepare('SELECT name FROM d1_migrations').all()
  const done = new Set((results as { name: string }[]).map(({ name }) => name))
  const fresh = readdirSync(folder)
    .filter((name) => name.endsWith('.sql') && !done.has(name))
    .sort()
  for (const name of fresh) {
    const statements = splitSql(readFileSync(join(folder, name), 'utf8'))
    await db.batch([...statements.map((sql) => db.prepare(sql)), db.prepare('INSERT INTO d1_migrations (name) VALUES (?)').bind(name)])
  }
  return fresh
}
