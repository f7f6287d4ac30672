import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { openLog } from './log.ts'
import type { Site } from './serve.ts'

/** The daemon's own word that starting it again is useless (transcoder/src/main.ts). */
const EXIT_CREDENTIAL_REFUSED = 77
const RESTART_MS = 1_000
const RESTART_MAX_MS = 60_000
/** A daemon that ran this long starts again at the shortest wait. */
const STEADY_MS = 60_000
const STOP_MS = 10_000

export interface TranscoderOptions {
  root: string
  site: Site
  count: number
  /** A fresh one-use enrolment code. */
  enrol(): Promise<string>
}

/** Starts transcoder daemons as processes of their own, which know nothing but HTTP and S3; restarts those that die, with back-off. */
export async function startTranscoders({ root, site, count, enrol }: TranscoderOptions): Promise<{ stop(): Promise<void> }> {
  const running = new Map<number, ChildProcess>()
  let stopping = false
  for (let index = 0; index < count; index++) await start(index, RESTART_MS)

  async function start(index: number, restartMs: number): Promise<void> {
    const name = `transcoder-${index}`
    const stateDir = join(site.state.dir, name)
    const code = existsSync(join(stateDir, 'credential')) ? '' : await enrol()
    if (stopping) return
    const startedAt = Date.now()
    const child = spawn(process.execPath, [join(root, 'transcoder', 'src', 'main.ts')], {
      // Its stdin is our pipe: when we die, however we die, it closes and the daemon ends.
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
      env: {
        ...process.env,
        ...environmentOf(site),
        AVOCET_ENROLMENT_CODE: code,
        AVOCET_AGENT_STATE: stateDir,
        AVOCET_AGENT_NAME: `local-${index}`,
      },
    })
    const log = openLog(join(site.state.dir, `${name}.log`))
    child.stdout.pipe(log, { end: false })
    child.stderr.pipe(log, { end: false })
    running.set(index, child)
    child.on('close', (exitCode, signal) => {
      running.delete(index)
      log.end()
      if (stopping) return
      // It was drained; it starts again with the server.
      if (exitCode === 0) return console.error(`avocet: ${name} has ended as it was asked to`)
      if (exitCode === EXIT_CREDENTIAL_REFUSED)
        return console.error(`avocet: ${name} was refused; see ${stateDir}.log. Remove ${stateDir} and start again to enrol it anew.`)
      const waitMs = Date.now() - startedAt > STEADY_MS ? RESTART_MS : restartMs
      console.error(`avocet: ${name} ended (${signal ?? exitCode}), starting again in ${waitMs / 1000} s; see ${stateDir}.log`)
      restartLater(index, waitMs)
    })
  }

  function restartLater(index: number, waitMs: number): void {
    const nextMs = Math.min(RESTART_MAX_MS, waitMs * 2)
    setTimeout(() => {
      if (!stopping) start(index, nextMs).catch(() => restartLater(index, nextMs))
    }, waitMs)
  }

  return {
    async stop() {
      stopping = true
      await Promise.all([...running.values()].map(stopChild))
    },
  }
}

function environmentOf({ url, state, s3 }: Site): NodeJS.ProcessEnv {
  return {
    AVOCET_URL: url,
    AVOCET_STORAGE: 's3',
    AVOCET_S3_ENDPOINT: s3.endpoint,
    AVOCET_S3_BUCKET: s3.bucket,
    AVOCET_S3_ACCESS_KEY_ID: state.secrets.s3.accessKeyId,
    AVOCET_S3_SECRET_ACCESS_KEY: state.secrets.s3.secretAccessKey,
    AVOCET_PARENT_PIPE: '1',
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
