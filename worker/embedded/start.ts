/** `npm start`: the whole system on this machine, until Ctrl-C. */
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { enrolmentCode, firstRun, welcome } from './firstRun.ts'
import { playSample } from './sample.ts'
import { serve } from './serve.ts'
import { startTranscoders } from './transcoders.ts'

const Environment = z.object({
  PORT: z.coerce.number().int().min(0).max(65535).default(8787),
  /** Address to listen on; another than loopback opens the server to the network. */
  AVOCET_HOST: z.string().default('127.0.0.1'),
  /** Origin for links, when a reverse proxy stands in front. */
  AVOCET_PUBLIC_URL: z.url().optional(),
  /** `anywhere`: webhooks may reach private networks. */
  AVOCET_OUTBOUND: z.enum(['public', 'anywhere']).default('public'),
  /** Life of playback tokens; players renew them on the way. */
  AVOCET_PLAYBACK_TOKEN_SECONDS: z.coerce.number().int().min(5).max(86_400).default(4 * 3600),
  AVOCET_STATE_DIR: z.string().default('.avocet'),
  AVOCET_SAMPLE: z.enum(['0', '1']).default('1'),
  AVOCET_TRANSCODERS: z.coerce.number().int().min(0).max(64).default(1),
})

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const stopping = new AbortController()
/** What to stop, last started first. */
const undo: (() => Promise<void>)[] = []

async function start(): Promise<void> {
  const parsed = Environment.safeParse(process.env)
  if (!parsed.success) throw new Error(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '))
  const env = parsed.data
  const site = await serve({
    root,
    stateDir: env.AVOCET_STATE_DIR,
    host: env.AVOCET_HOST,
    port: env.PORT,
    publicUrl: env.AVOCET_PUBLIC_URL,
    outbound: env.AVOCET_OUTBOUND,
    playbackTokenSeconds: env.AVOCET_PLAYBACK_TOKEN_SECONDS,
  })
  undo.push(site.stop)
  const { facts, fresh } = await firstRun(site.state, site.url)
  const transcoders = await startTranscoders({
    root,
    site,
    count: env.AVOCET_TRANSCODERS,
    enrol: () => enrolmentCode(site.state, site.url),
  })
  undo.push(transcoders.stop)
  console.log(`READY ${site.url}`)
  if (!fresh || !facts) return
  console.log(welcome(facts))
  if (env.AVOCET_SAMPLE === '0' || env.AVOCET_TRANSCODERS === 0) return
  try {
    console.log(`\n  The sample plays:  ${await playSample(facts, site.state.dir, stopping.signal)}\n`)
  } catch (error) {
    if (!stopping.signal.aborted) console.error(`avocet: the sample did not play: ${messageOf(error)}`)
  }
}

async function stop(code: number): Promise<void> {
  // Asked twice: at once. workerd ends with this process, transcoders when their pipe closes.
  if (stopping.signal.aborted) process.exit(1)
  stopping.abort()
  await started.catch(() => {})
  for (const step of undo.reverse()) await step().catch((error) => console.error(`avocet: ${messageOf(error)}`))
  process.exit(code)
}

function messageOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  return code === 'EADDRINUSE' ? `${message}. Set PORT to a free one.` : (message ?? String(error))
}

process.on('SIGINT', () => void stop(0))
process.on('SIGTERM', () => void stop(0))
process.on('SIGHUP', () => void stop(0))
// setup.mjs holds the other end: it is gone, so is the terminal.
process.on('disconnect', () => void stop(0))

const started = start()
started.catch((error) => {
  console.error(`avocet: ${messageOf(error)}`)
  void stop(1)
})
