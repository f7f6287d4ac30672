/** The embedded server: the Worker in workerd, and the front proxy as its only door. */
import { isIPv6 } from 'node:net'
import { startFrontProxy } from './frontProxy.ts'
import { type Runtime, startRuntime } from './runtime.ts'
import { openState, type State } from './state.ts'

export interface ServeOptions {
  /** The repository: wrangler.toml, migrations and the built Worker are read from here. */
  root: string
  stateDir: string
  /** Address to listen on; another than loopback opens the server to the network. */
  host: string
  /** 0 for any free one. */
  port: number
  /** Origin of the links the Worker makes, when a reverse proxy stands in front. */
  /** Whether webhooks may reach private networks. */
  outbound?: 'public' | 'anywhere'
  publicUrl?: string
  /** Life of playback tokens; 4 h unless told. */
  playbackTokenSeconds?: number
}

export interface Site {
  /** Where this machine reaches the site. */
  url: string
  state: State
  s3: { endpoint: string; bucket: string }
  storage: Runtime['storage']
  stop(): Promise<void>
}

/** Serves the site of a state folder, its database brought up to date. Throws when another server uses the folder or the port is taken. */
export async function serve({ root, stateDir, host, port, publicUrl, outbound = 'public', playbackTokenSeconds }: ServeOptions): Promise<Site> {
  const state = openState(stateDir)
  const undo: (() => unknown)[] = [state.unlock]
  const stop = async () => {
    for (const step of undo.reverse()) await step()
  }
  try {
    let upstream: URL | null = null
    const proxy = await startFrontProxy(() => upstream, host, port)
    undo.push(proxy.stop)
    const url = `http://${localName(host)}:${proxy.port}`
    // Open to the network, the site has as many names as the machine: then links follow the request's own.
    const linksTo = publicUrl ?? (isLoopback(host) ? url : undefined)
    const runtime = await startRuntime(root, state, {
      OUTBOUND: outbound,
      ...(linksTo ? { PUBLIC_URL: linksTo } : {}),
      ...(playbackTokenSeconds ? { PLAYBACK_TOKEN_SECONDS: String(playbackTokenSeconds) } : {}),
    })
    undo.push(runtime.stop)
    upstream = runtime.url
    return { url, state, s3: runtime.s3, storage: runtime.storage, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

const isLoopback = (host: string) => host === 'localhost' || host === '::1' || host.startsWith('127.')

function localName(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return isIPv6(host) ? `[${host}]` : host
}
