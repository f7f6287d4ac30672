import { env } from 'cloudflare:workers'

/** The real migrations on the real local D1, before each test file; in one transaction, for one each takes five times as long. */
const { DB, TEST_MIGRATIONS } = env as unknown as { DB: D1Database; TEST_MIGRATIONS: { name: string; queries: string[] }[] }
await DB.batch(TEST_MIGRATIONS.flatMap(({ queries }) => queries.map((query) => DB.prepare(query))))
