/** Commits: one atomic D1 batch (D1 has no interactive transactions; `db.transaction` always fails on it). */
import { Fault } from '@avocet/shared/fault'
import { sql } from 'drizzle-orm'
import type { BatchItem } from 'drizzle-orm/batch'
import type { DrizzleD1Database } from 'drizzle-orm/d1'
import type { Write } from '../../domain/ports.ts'

export type Db = DrizzleD1Database
type Statement = BatchItem<'sqlite'>

/** A change of any number of statements, run together and in order. */
export function write(...statements: Statement[]): Write {
  return { write: statements }
}

/** A change that webhooks are to be told of: after its commit they are looked at. */
export function telling(...statements: Statement[]): Write {
  return { write: statements, tells: true }
}

/**
 * A change that must hit a row: when the statement before it changed nothing, the batch fails.
 * `guard` is a table whose every insert violates a CHECK; the constraint's name says which fault it is.
 */
export function guarded(db: Db, statement: Statement, fault: 'conflict' | 'quota_exceeded' = 'conflict'): Write {
  return { write: [statement, db.run(sql`INSERT INTO guard (${sql.identifier(fault)}) SELECT 1 WHERE changes() = 0`)] }
}

/** Runs all writes as one transaction. Throws Fault('conflict' | 'quota_exceeded' | 'unavailable'); then nothing has changed. */
export async function commit(db: Db, writes: readonly Write[]): Promise<void> {
  const statements = writes.flatMap((one) => one.write as Statement[])
  const [first, ...rest] = statements
  if (!first) return
  try {
    await db.batch([first, ...rest])
  } catch (error) {
    throw asFault(error)
  }
}

/** D1 reports a constraint by its text; Drizzle wraps D1's error as `cause`. */
export function asFault(error: unknown): unknown {
  const text = `${error} ${error instanceof Error ? error.cause : ''}`
  if (text.includes('guard_quota_exceeded')) {
    return new Fault('quota_exceeded', 'The storage quota of this account does not hold this file.', { reason: 'quota_exceeded' })
  }
  if (text.includes('guard_conflict') || text.includes('UNIQUE constraint failed')) {
    return new Fault('conflict', 'Someone else changed this at the same moment. Read it again and repeat.')
  }
  if (/Network connection lost|storage caused object to be reset|code was updated|overloaded/.test(text)) {
    return new Fault('unavailable', 'The database is busy. Try again.', { reason: 'storage_unavailable', retryAfterSeconds: 2 })
  }
  return error
}

/** Makes a thing at its first use. */
export function once<T>(make: () => T): () => T {
  let made: { thing: T } | null = null
  return () => {
    made ??= { thing: make() }
    return made.thing
  }
}
