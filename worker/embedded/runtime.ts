/** workerd through Miniflare, used directly: the prebuilt bundle with the bindings of wrangler.toml, state on disk, loopback only. */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { openLog } from './log.ts'
import { migrate } from './migrate.ts'
import { outboundService } from './outbound.ts'
import type { State } from './state.ts'

const require = createRequire(import.meta.url)
const wrangler = require('wrangler') as typeof import('wrangler')
/** Exactly the Miniflare that wrangler pins. Its types are wrangler's own business; what we use of it is written down here. */
const requireOfWrangler = createRequire(require.resolve('wrangler/package.json'))
const miniflare = requireOfWrangler('miniflare') as {
  Miniflare: new (options: unknown) => MiniflareServer
  convertV4MiniflareOptions(options: unknown): Record<string, unknown>
}
const workerdPath = (createRequire(requireOfWrangler.resolve('miniflare'))('workerd') as { default: string }).default

interface MiniflareServer {
  ready: Promise<URL>
  getD1Database(binding: string): Promise<Parameters<typeof migrate>[0]>
  getR2Bucket(binding: string): Promise<unknown>
  dispose(): Promise<void>
}

export interface Runtime {
  /** Miniflare's own address: our proxy and the transcoders' S3 client talk to it, nobody else. */
  url: URL
  s3: { endpoint: string; bucket: string }
  /** The database and the bucket behind the Worker: for tests that look whether all is kept. */
  storage(): Promise<{ database: unknown; bucket: unknown }>
  stop(): Promise<void>
}

/** Starts the Worker on a free loopback port and brings its database up to date. A workerd that crashes is started again on the same port. */
export async function startRuntime(root: string, state: State, variables: Record<string, string>): Promise<Runtime> {
  const { workerOptions } = wrangler.unstable_getMiniflareWorkerOptions(join(root, 'wrangler.toml'))
  const { AVOCET_SECRET, SETUP_CODE, OPERATOR_TOKEN, s3 } = state.secrets
  const bucket = bucketOf(workerOptions.r2Buckets)
  const log = openLog(join(state.dir, 'server.log'))
  const options = miniflare.convertV4MiniflareOptions({
    workers: [
      {
        ...workerOptions,
        name: 'avocet',
        rootPath: root,
        modules: [{ type: 'ESModule', path: join(root, 'worker', 'dist', 'index.js') }],
        modulesRoot: join(root, 'worker', 'dist'),
        bindings: { ...(workerOptions.bindings as object | undefined), AVOCET_SECRET, SETUP_CODE, OPERATOR_TOKEN, OUTBOUND_RESOLVER: 'none', GEO: 'none', EDGE_CACHE: 'none', ...variables },
        r2Buckets: { MEDIA: { id: bucket, s3Credentials: s3 } },
        // The local Cache API never forgets what nobody asks for again: it would fill the disk with copies of local objects.
        cacheAPI: false,
        outboundService: { node: outboundService(variables.OUTBOUND === 'anywhere') },
      },
    ],
    host: '127.0.0.1',
    port: 0,
  })
  process.env.AVOCET_WORKERD = workerdPath
  process.env.MINIFLARE_WORKERD_PATH = join(root, 'worker', 'embedded', 'workerd.sh')
  const server = withoutSignalHandlers(
    () =>
      new miniflare.Miniflare({
        ...options,
        resourcePersistencePath: join(state.dir, 'data'),
        unsafeLocalExplorer: false,
        telemetry: { enabled: false },
        handleStructuredLogs: ({ timestamp, level, message }: { timestamp: number; level: string; message: string }) =>
          log.write(`${new Date(timestamp).toISOString()} ${level} ${message}\n`),
      }),
  )
  const url = await server.ready
  await migrate(await server.getD1Database('DB'), join(root, 'migrations'))
  const stop = async () => {
    await server.dispose()
    log.end()
  }
  const storage = async () => ({ database: await server.getD1Database('DB'), bucket: await server.getR2Bucket('MEDIA') })
  return { url, storage, s3: { endpoint: new URL('/cdn-cgi/local/r2/s3', url).href, bucket }, stop }
}

function bucketOf(buckets: unknown): string {
  const media = (buckets as Record<string, string | { id: string }> | undefined)?.MEDIA
  if (!media) throw new Error('wrangler.toml has no bucket bound as MEDIA.')
  return typeof media === 'string' ? media : media.id
}

/** Miniflare exits the process at the first signal; ours stop the transcoders first. Its handler for `exit` stays: it ends workerd. */
function withoutSignalHandlers<T>(make: () => T): T {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  const before = signals.map((signal) => process.listeners(signal))
  const made = make()
  for (const [index, signal] of signals.entries()) {
    for (const listener of process.listeners(signal)) if (!before[index]?.includes(listener)) process.removeListener(signal, listener)
  }
  return made
}
