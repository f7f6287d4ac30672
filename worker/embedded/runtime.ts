/** workerd through Miniflare, used directly: the prebuilt bundle with the bindings of wrangler.toml, state on disk, loopback only. */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { migrate } from './migrate.ts'
import type { State } from './state.ts'

const require = createRequire(import.meta.url)
const wrangler = require('wrangler') as typeof import('wrangler')
/** Exactly the Miniflare that wrangler pins. Its types are wrangler's own business; what we use of it is written down here. */
const miniflare = createRequire(require.resolve('wrangler/package.json'))('miniflare') as {
  Miniflare: new (options: unknown) => MiniflareServer
  convertV4MiniflareOptions(options: unknown): Record<string, unknown>
}

interface MiniflareServer {
  ready: Promise<URL>
  getD1Database(binding: string): Promise<Parameters<typeof migrate>[0]>
  dispose(): Promise<void>
}

export interface Runtime {
  /** Miniflare's own address: our proxy and the transcoders' S3 client talk to it, nobody else. */
  url: URL
  s3: { endpoint: string; bucket: string }
  stop(): Promise<void>
}

const MEDIA_BUCKET = 'avocet-media'

/** Starts the Worker on a free loopback port and brings its database up to date. */
export async function startRuntime(root: string, state: State, variables: Record<string, string>): Promise<Runtime> {
  const { workerOptions } = wrangler.unstable_getMiniflareWorkerOptions(join(root, 'wrangler.toml'))
  const { AVOCET_SECRET, SETUP_CODE, OPERATOR_TOKEN, s3 } = state.secrets
  const options = miniflare.convertV4MiniflareOptions({
    workers: [
      {
        ...workerOptions,
        name: 'avocet',
        rootPath: root,
        modules: [{ type: 'ESModule', path: join(root, 'worker', 'dist', 'index.js') }],
        modulesRoot: join(root, 'worker', 'dist'),
        bindings: { ...(workerOptions.bindings as object | undefined), AVOCET_SECRET, SETUP_CODE, OPERATOR_TOKEN, ...variables },
        r2Buckets: { MEDIA: { id: MEDIA_BUCKET, s3Credentials: s3 } },
      },
    ],
    host: '127.0.0.1',
    port: 0,
  })
  const server = new miniflare.Miniflare({
    ...options,
    resourcePersistencePath: join(state.dir, 'data'),
    unsafeLocalExplorer: false,
    telemetry: { enabled: false },
  })
  const url = await server.ready
  await migrate(await server.getD1Database('DB'), join(root, 'migrations'))
  return { url, s3: { endpoint: new URL('/cdn-cgi/local/r2/s3', url).href, bucket: MEDIA_BUCKET }, stop: () => server.dispose() }
}
