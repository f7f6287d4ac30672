/** `npm run bench:edge`: the edge's budgets (DESIGN section 12), as ratios against bare routes measured side by side in the same workerd. */
import { Agent, request } from 'node:http'
import { cpus, totalmem } from 'node:os'
import { accountWithVideos } from './manyVideos.ts'
import { playable } from './playable.ts'
import { apiKeys, compare, rate, startBench } from './workerd.ts'

const MIB = 1024 * 1024
const CHUNK = 5 * MIB
const ROUNDS = 3
const agent = new Agent({ keepAlive: true, maxSockets: 16 })

/** One call over a kept-alive connection; the body of the answer is read and dropped. Throws on a refusal. */
function call(url: URL, options: { method?: string; headers?: Record<string, string>; body?: Buffer } = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent, method: options.method ?? 'GET', headers: { ...options.headers, ...(options.body ? { 'Content-Length': String(options.body.length) } : {}) } }, (answer) => {
      if (answer.statusCode !== 200) reject(new Error(`${url.pathname}: ${answer.statusCode}`))
      answer.resume().on('end', resolve)
    })
    sent.on('error', reject)
    sent.end(options.body)
  })
}

const bench = await startBench()
try {
  console.log(`${cpus().length} x ${cpus()[0]?.model}, ${Math.round(totalmem() / 1024 ** 3)} GiB, Node ${process.version}`)
  const keys = await apiKeys(bench.url, 4)
  const at = (path: string) => new URL(path, bench.url)
  const key = keys[0] as string
  const get = (count: number, path: string, headers?: Record<string, string>) => () => rate(count, 16, () => call(at(path), headers ? { headers } : {}))

  const json = async (path: string, body: object) => (await (await fetch(at(path), { method: 'POST', headers: { 'X-API-Key': key }, body: JSON.stringify(body) })).json()) as Record<string, string>
  const source = Buffer.alloc(CHUNK, 7)
  const direct = await fetch(at('/api/v1/upload?filename=bench.mp4'), { method: 'POST', headers: { 'X-API-Key': key }, body: source })
  const { video_id } = (await direct.json()) as { video_id: string }
  const { master, media, key: contentKey, segment, segmentKey } = await playable(bench, key)

  const READS = 400
  const byKeys = () => rate(READS, 16, (index) => call(at(`/api/v1/videos/${video_id}`), { headers: { 'X-API-Key': keys[index % keys.length] as string } }))
  await compare('GET /api/v1/videos/:id', 'a bare one-row route', 0.5, ROUNDS, byKeys, get(READS, `/bare/row?id=${video_id}`))
  await compare('segment GET', 'a bare R2 get route', 0.8, ROUNDS, get(60, segment), get(60, `/bare/object?key=${segmentKey}`))
  await compare('key GET', 'a bare route of 16 bytes', null, ROUNDS, get(READS, contentKey), get(READS, '/bare/bytes'))
  await compare('media playlist GET', 'a bare route of 16 bytes', null, ROUNDS, get(READS, media), get(READS, '/bare/bytes'))
  await compare('master playlist GET', 'a bare route of 16 bytes', null, ROUNDS, get(READS, master), get(READS, '/bare/bytes'))

  const CHUNKS = 12
  const upload = async () => {
    const { upload_id } = await json('/api/v1/upload/init', { filename: 'bench.mp4', size: CHUNKS * CHUNK })
    return rate(CHUNKS, 4, (index) =>
      call(at('/api/v1/upload/chunk'), { method: 'POST', headers: { 'X-API-Key': key, 'X-Upload-ID': upload_id as string, 'X-Chunk-Index': String(index) }, body: source }),
    )
  }
  await compare('POST /api/v1/upload/chunk', 'a bare uploadPart route', 0.8, ROUNDS, upload, () => rate(CHUNKS, 4, (index) => call(at(`/bare/part?n=${index + 1}`), { method: 'POST', body: source })))

  const [few, many] = [await accountWithVideos(bench.db, 100), await accountWithVideos(bench.db, 100_000)]
  const list = (apiKey: string, page: number) => get(30, `/api/v1/videos?per_page=100&page=${page}`, { 'X-API-Key': apiKey })
  for (const page of [1, 500, 1000]) await compare(`page ${page} of 100,000 videos`, 'page 1 of 100', 0.5, ROUNDS, list(many, page), list(few, 1))
} finally {
  await bench.stop()
  agent.destroy()
}
