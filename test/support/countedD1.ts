/** An isolate of its own whose D1 calls are counted: another environment object, so that nothing remembered elsewhere is known here. */
import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import type { Env } from '../../worker/src/env.ts'
import worker from '../../worker/src/index.ts'
import { ORIGIN } from './site.ts'

export interface Isolate {
  env: Env
  /** Round trips to D1 so far: a batch is one. */
  trips(): number
  /** Rows D1 has read for them. */
  rowsRead(): number
  fetch(path: string, init?: RequestInit): Promise<Response>
}

export function isolate(): Isolate {
  let [trips, rows] = [0, 0]
  const plain = new WeakMap<object, D1PreparedStatement>()
  const seen = <T>(result: T): T => {
    for (const one of Array.isArray(result) ? result : [result]) rows += (one as { meta?: { rows_read?: number } }).meta?.rows_read ?? 0
    return result
  }
  const counted = (statement: D1PreparedStatement, reads: boolean): D1PreparedStatement => {
    const one = {
      bind: (...values: unknown[]) => counted(statement.bind(...values), reads),
      // `raw` and `first` tell of no rows: they are read from what `all` tells.
      all: async () => (trips++, seen(await statement.all())),
      run: async () => (trips++, seen(await statement.run())),
      first: async (column?: string) => {
        trips++
        const [row] = seen(await statement.all<Record<string, unknown>>()).results
        return row === undefined ? null : column === undefined ? row : row[column]
      },
      raw: async () => {
        trips++
        // A change is not made twice.
        if (reads) seen(await statement.all())
        return statement.raw()
      },
    }
    plain.set(one, statement)
    return one as unknown as D1PreparedStatement
  }
  const real = env as unknown as Env
  const DB = {
    prepare: (text: string) => counted(real.DB.prepare(text), /^select/i.test(text)),
    batch: async (statements: D1PreparedStatement[]) => (trips++, seen(await real.DB.batch(statements.map((one) => plain.get(one) ?? one)))),
  } as unknown as D1Database
  // Without the loopback to the cached entrypoint, which would take the real database.
  const own: Env = { ...real, DB, EDGE_CACHE: 'none' }
  return {
    env: own,
    trips: () => trips,
    rowsRead: () => rows,
    fetch: async (path, init) => worker.fetch(new Request(ORIGIN + path, init) as Parameters<typeof worker.fetch>[0], own, createExecutionContext()),
  }
}
