/** `pnpm bench`: the API, chunk upload and segment budgets (DESIGN section 12), as ratios measured side by side. */
import { Agent, request } from 'node:http'
import { cpus, totalmem } from 'node:os'
import { apiKeys, compare, rate, startBench } from './workerd.ts'

const MIB = 1024 * 1024
const CHUNK = 5 * MIB
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

  const json = async (path: string, body: object) => (await (await fetch(at(path), { method: 'POST', headers: { 'X-API-Key': key }, body: JSON.stringify(body) })).json()) as Record<string, string>
  const source = Buffer.alloc(CHUNK, 7)
  const direct = await fetch(at('/api/v1/upload?filename=bench.mp4'), { method: 'POST', headers: { 'X-API-Key': key }, body: source })
  const { video_id } = (await direct.json()) as { video_id: string }

  const READS = 1500
  await compare(
    'GET /api/v1/videos/:id',
    0.5,
    3,
    () => rate(READS, 16, (index) => call(at(`/api/v1/videos/${video_id}`), { headers: { 'X-API-Key': keys[index % keys.length] as string } })),
    () => rate(READS, 16, () => call(at(`/bare/row?id=${video_id}`))),
  )

  const CHUNKS = 24
  const upload = async () => {
    const { upload_id } = await json('/api/v1/upload/init', { filename: 'bench.mp4', size: CHUNKS * CHUNK })
    return rate(CHUNKS, 4, (index) =>
      call(at('/api/v1/upload/chunk'), { method: 'POST', headers: { 'X-API-Key': key, 'X-Upload-ID': upload_id as string, 'X-Chunk-Index': String(index) }, body: source }),
    )
  }
  await compare('POST /api/v1/upload/chunk', 0.8, 3, upload, () => rate(CHUNKS, 4, (index) => call(at(`/bare/part?n=${index + 1}`), { method: 'POST', body: source })))
} finally {
  await bench.stop()
  agent.destroy()
}
