/** How commands on this host talk to the running daemon: a Unix socket in its state folder, and, where a port is given, metrics on loopback. */
import { rm } from 'node:fs/promises'
import { createServer, request, type Server } from 'node:http'
import { join } from 'node:path'
import { runningJobs } from './activity.ts'
import { registry, runningGauge } from './metrics.ts'

export const controlSocket = (stateDir: string): string => join(stateDir, 'control.sock')

export interface DaemonStatus {
  name: string
  url: string
  encoders: string[]
  decodesOnGpu: boolean
  sandbox: boolean
  pid: number
  draining: boolean
  /** What keeps it from claiming, in words. */
  unfit: string[]
  startedAt: number
  jobs: ReturnType<typeof runningJobs>
}

export interface ControlOptions {
  stateDir: string
  metricsPort: number | null
  status(): Omit<DaemonStatus, 'jobs' | 'pid'>
  drain(): void
}

/** Throws when another daemon works in this state folder: two would empty each other's scratch folders. */
export async function demandAlone(stateDir: string): Promise<void> {
  const other = await askDaemon<DaemonStatus>(stateDir, 'GET', '/status').catch(() => null)
  if (other) throw new Error(`Another daemon (process ${other.pid}) works in ${stateDir}. Stop it first, or set AVOCET_AGENT_STATE.`)
  // A dead one's socket would be in the way.
  await rm(controlSocket(stateDir), { force: true })
}

/** Serves `GET /status` and `POST /drain` on the socket, `GET /metrics` on 127.0.0.1. */
export async function startControl({ stateDir, metricsPort, status, drain }: ControlOptions): Promise<{ stop(): Promise<void> }> {
  const path = controlSocket(stateDir)
  const json = (value: unknown) => `${JSON.stringify(value)}\n`
  const control = createServer((asked, answer) => {
    if (asked.method === 'GET' && asked.url === '/status') return answer.end(json({ pid: process.pid, ...status(), jobs: runningJobs() }))
    if (asked.method === 'POST' && asked.url === '/drain') {
      drain()
      return answer.end(json({ draining: true }))
    }
    answer.writeHead(404).end()
  })
  const metrics = createServer(async (asked, answer) => {
    if (asked.url !== '/metrics') return answer.writeHead(404).end()
    runningGauge.set(runningJobs().length)
    answer.writeHead(200, { 'Content-Type': registry.contentType }).end(await registry.metrics())
  })
  await listen(control, path)
  if (metricsPort !== null) await listen(metrics, metricsPort)
  return {
    async stop() {
      for (const server of [control, metrics]) {
        server.closeAllConnections()
        if (server.listening) await new Promise((resolve) => server.close(resolve))
      }
    },
  }
}

function listen(server: Server, at: string | number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    if (typeof at === 'string') server.listen(at, resolve)
    else server.listen(at, '127.0.0.1', resolve)
  })
}

/** Asks the daemon of a state folder. Null when none runs there. */
export function askDaemon<T>(stateDir: string, method: 'GET' | 'POST', path: string): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath: controlSocket(stateDir), method, path }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (piece: string) => {
        text += piece
      })
      answer.on('end', () => resolve(JSON.parse(text) as T))
    })
    asked.on('error', (error) => {
      const code = (error as NodeJS.ErrnoException).code
      if (code === 'ENOENT' || code === 'ECONNREFUSED') resolve(null)
      else reject(error)
    })
    asked.end()
  })
}
