import { createHash, randomBytes } from 'node:crypto'
import type { Database } from './workerd.ts'

/** The most an operator may allow a key. */
const MOST = { read: 6_000, write: 6_000, upload: 6_000, stats: 6_000 }

/** Another account with so many videos, copies of the one there is, and its API key. Rows are copied by whatever columns they have. */
export async function accountWithVideos(db: Database, videos: number): Promise<string> {
  const key = `avc_${randomBytes(32).toString('hex')}`
  const name = randomBytes(13).toString('hex')
  const account = `'acc_${name}'`
  await copy(db, 'accounts', { id: account })
  await copy(db, 'api_keys', { id: `'key_${name}'`, account_id: account, rate_limits: `'${JSON.stringify(MOST)}'`, key_hash: `'${createHash('sha256').update(key).digest('hex')}'` })
  const STEP = 10_000
  for (let from = 0; from < videos; from += STEP) {
    const numbers = `WITH RECURSIVE n(i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ${Math.min(videos, from + STEP)})`
    const own = { id: `'vid_' || substr('${name}', 1, 16) || printf('%010d', i)`, account_id: account, title: "'Lesson ' || i", embed_token: `substr('${name}', 1, 16) || printf('%016x', i)`, created_at: 'created_at + i' }
    await copy(db, 'videos', own, numbers)
  }
  return key
}

async function copy(db: Database, table: string, own: Record<string, string>, numbers = ''): Promise<void> {
  const { results } = await db.prepare(`PRAGMA table_info(${table})`).all<{ name: string }>()
  const columns = results.map(({ name }) => name)
  const values = columns.map((column) => own[column] ?? column).join(', ')
  const source = `(SELECT * FROM ${table} ORDER BY rowid LIMIT 1)`
  await db.prepare(`INSERT INTO ${table} (${columns.join(', ')}) ${numbers} SELECT ${values} FROM ${source}${numbers ? ', n' : ''}`).run()
}
