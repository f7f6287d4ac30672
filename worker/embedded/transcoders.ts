import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import type { Runtime } from './runtime.ts'
import type { State } from './state.ts'

/** The daemon's own word that starting it again is useless (transcoder/src/main.ts). */
const EXIT_CREDENTIAL_REFUSED = 77
const RESTART_MS = 2_000
const STOP_MS = 10_000

export interface TranscoderOptions {
  root: string
  state: State
  runtime: Runtime
  url: string
  count: number
  enrol(): Promise<string>
}

/** Starts transcoder daemons as processes of their own, which know nothing but HTTP and S3; restarts those that die. */
export async function startTranscoders(options: TranscoderOptions): Promise<{ stop(): Promise<void> }> {
  const running = new Map<number, ChildProcess>()
  let stopping = false
  for (let index = 0; index < options.count; index++) start(index, await options.enrol())

  function start(index: number, enrolmentCode: string): void {
    const stateDir = join(options.state.dir, `transcoder-${index}`)
    const child = spawn(process.execPath, [join(options.root, 'transcoder', 'src', 'main.ts')], {
      // Its stdin is our pipe: when we die, however we die, it closes and the daemon ends.
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
      env: { ...environment(), AVOCET_ENROLMENT_CODE: enrolmentCode, AVOCET_AGENT_STATE: stateDir, AVOCET_AGENT_NAME: `local-${index}` },
    })
    const file = createWriteStream(join(options.state.dir, `transcoder-${index}.log`), { flags: 'a', mode: 0o600 })
    child.stdout?.pipe(file, { end: false })
    child.stderr?.pipe(file, { end: false })
    child.on('exit', (code) => {
      running.delete(index)
      file.end()
      if (stopping) return
      if (code === EXIT_CREDENTIAL_REFUSED) return console.error(`avocet: transcoder ${index} was refused; see ${stateDir}.log`)
      console.error(`avocet: transcoder ${index} ended (${code}); starting it again`)
      setTimeout(() => {
        if (!stopping) start(index, enrolmentCode)
      }, RESTART_MS)
    })
    running.set(index, child)
  }

  function environment(): NodeJS.ProcessEnv {
    const { endpoint, bucket } = options.runtime.s3
    const { accessKeyId, secretAccessKey } = options.state.secrets.s3
    return {
      ...process.env,
      AVOCET_URL: options.url,
      AVOCET_STORAGE: 's3',
      AVOCET_S3_ENDPOINT: endpoint,
      AVOCET_S3_BUCKET: bucket,
      AVOCET_S3_ACCESS_KEY_ID: accessKeyId,
      AVOCET_S3_SECRET_ACCESS_KEY: secretAccessKey,
      AVOCET_PARENT_PIPE: '1',
    }
  }

  return {
    async stop() {
      stopping = true
      await Promise.all([...running.values()].map(stopChild))
    },
  }
}

/** TERM, and KILL for one that does not listen. */
async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
  await gone
  clearTimeout(late)
}
