/** The whole system as `npm start` runs it: server, front proxy and transcoders, on a free port and with state of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

export interface SystemOptions {
  /** Transcoder daemons; 1 unless told. */
  transcoders?: number
  /** An earlier system's state to go on with; it is kept at stop. */
  stateDir?: string
  env?: Record<string, string>
}

export interface System {
  url: string
  apiKey: string
  setupCode: string
  stateDir: string
  process: ChildProcess
  /** What it printed so far. */
  output(): string
  /** Ends it as Ctrl-C does and resolves to its exit code. State made for it is removed. */
  stop(): Promise<number | null>
}

/** Starts the system and waits for its READY line. Throws with what it printed if it ends before. */
export async function startSystem(options: SystemOptions = {}): Promise<System> {
  const stateDir = options.stateDir ?? mkdtempSync(join(tmpdir(), 'avocet-e2e-'))
  const env = {
    PORT: '0',
    AVOCET_SAMPLE: '0',
    AVOCET_TRANSCODERS: String(options.transcoders ?? 1),
    AVOCET_STATE_DIR: stateDir,
    ...options.env,
  }
  const child = spawn(process.execPath, [join(ROOT, 'worker', 'embedded', 'start.ts')], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))
  let output = ''
  await new Promise<void>((resolve, reject) => {
    const read = (bytes: Buffer) => {
      output += bytes
      if (/^READY /m.test(output)) resolve()
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    void exited.then((code) => reject(new Error(`The system ended with ${code} before it was ready:\n${output}`)))
  })
  const { url, apiKey, setupCode } = JSON.parse(readFileSync(join(stateDir, 'first-run.json'), 'utf8')) as Pick<
    System,
    'url' | 'apiKey' | 'setupCode'
  >
  return {
    url,
    apiKey,
    setupCode,
    stateDir,
    process: child,
    output: () => output,
    async stop() {
      child.kill('SIGINT')
      const code = await exited
      if (!options.stateDir) rmSync(stateDir, { recursive: true, force: true })
      return code
    },
  }
}
