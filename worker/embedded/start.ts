/** `npm start`: the whole system on this machine, until Ctrl-C. */
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { enrolmentCode, firstRun, welcome } from './firstRun.ts'
import { startFrontProxy } from './frontProxy.ts'
import { startRuntime } from './runtime.ts'
import { playSample } from './sample.ts'
import { openState } from './state.ts'
import { startTranscoders } from './transcoders.ts'

const Environment = z.object({
  PORT: z.coerce.number().int().min(0).max(65535).default(8787),
  /** Address to listen on; another than loopback opens the server to the network. */
  AVOCET_HOST: z.string().default('127.0.0.1'),
  /** Origin for links, when a reverse proxy stands in front. */
  AVOCET_PUBLIC_URL: z.url().optional(),
  AVOCET_STATE_DIR: z.string().default('.avocet'),
  AVOCET_SAMPLE: z.enum(['0', '1']).default('1'),
  AVOCET_TRANSCODERS: z.coerce.number().int().min(0).max(64).default(1),
})

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const stopping = new AbortController()
/** What to stop, last started first. */
const undo: (() => unknown)[] = []

async function start(): Promise<void> {
  const parsed = Environment.safeParse(process.env)
  if (!parsed.success) throw new Error(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '))
  const env = parsed.data
  const state = openState(env.AVOCET_STATE_DIR)
  undo.push(state.unlock)
  // The proxy must be known before the Worker: links carry its port.
  const port = env.PORT === 0 ? await freePort() : env.PORT
  const url = `http://${env.AVOCET_HOST === '0.0.0.0' ? '127.0.0.1' : env.AVOCET_HOST}:${port}`
  const runtime = await startRuntime(root, state, { PUBLIC_URL: env.AVOCET_PUBLIC_URL ?? url })
  undo.push(() => runtime.stop())
  const proxy = await startFrontProxy(runtime.url, env.AVOCET_HOST, port)
  undo.push(() => proxy.stop())
  const { facts, fresh } = await firstRun(state, url)
  const transcoders = await startTranscoders({ root, state, runtime, url, count: env.AVOCET_TRANSCODERS, enrol: () => enrolmentCode(state, url) })
  undo.push(() => transcoders.stop())
  console.log(`READY ${url}`)
  if (!fresh || !facts) return
  console.log(welcome(facts))
  if (env.AVOCET_SAMPLE === '1' && env.AVOCET_TRANSCODERS > 0) {
    const watch = await playSample(facts, state.dir, stopping.signal).catch((error) => {
      if (!stopping.signal.aborted) console.error(`avocet: the sample did not play: ${error.message}`)
    })
    if (watch) console.log(`\n  The sample plays:  ${watch}\n`)
  }
}

async function stop(code: number): Promise<void> {
  if (stopping.signal.aborted) process.exit(1)
  stopping.abort()
  for (const step of undo.reverse()) {
    try {
      await step()
    } catch (error) {
      console.error(`avocet: ${error}`)
    }
  }
  process.exit(code)
}

async function freePort(): Promise<number> {
  const { createServer } = await import('node:net')
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

process.on('SIGINT', () => void stop(0))
process.on('SIGTERM', () => void stop(0))
start().catch((error) => {
  console.error(`avocet: ${error instanceof Error ? error.message : error}`)
  void stop(1)
})
