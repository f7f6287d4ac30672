import { randomUUID } from 'node:crypto'
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { PROTOCOL } from '@avocet/shared/agent'
import { ENCODERS_OF } from '@avocet/shared/encode'
import type { JobKind, JobLease } from '@avocet/shared/job'
import { agentApi } from './agentApi.ts'
import type { Config } from './config.ts'
import { startControl } from './control.ts'
import { graphicsCard, provenEncoders } from './encoders.ts'
import { CredentialRefused } from './failure.ts'
import { log } from './log.ts'
import { versionOf } from './media/ffmpeg.ts'
import { openSandbox } from './media/sandbox.ts'
import { counted } from './objectStore/counted.ts'
import { edgeStore } from './objectStore/edge.ts'
import type { OpenStore } from './objectStore/port.ts'
import { s3Store } from './objectStore/s3.ts'
import { type JobRunner, runJob } from './runJob.ts'
import { startSourceServer } from './sourceServer.ts'

/** Lanes run side by side: encoding fills the machine, sound and images must never wait behind it. */
const HEAVY: readonly JobKind[] = ['prepare', 'encode']
const LIGHT: readonly JobKind[] = ['audio', 'images']
/** Reading a file through takes the network's time, not the machine's. */
const READING: readonly JobKind[] = ['text', 'remux']

const BACKOFF_MAX_MS = 30_000

/** Runs until `stopping` aborts; then running jobs are given back. Throws CredentialRefused when this host must be enrolled again. */
export async function runDaemon(config: Config, stopping: AbortSignal): Promise<void> {
  const credentialFile = join(config.stateDir, 'credential')
  const scratchDir = join(config.stateDir, 'scratch')
  // Start equals recover: whatever a dead run left behind is rubbish.
  await rm(scratchDir, { recursive: true, force: true })
  await mkdir(scratchDir, { recursive: true, mode: 0o700 })
  let credential = await readFile(credentialFile, 'utf8').then(
    (text) => text.trim(),
    () => null,
  )
  const api = agentApi(config.url, () => credential)
  const sources = await startSourceServer()
  const sandbox = config.sandbox === 'off' ? null : await openSandbox([config.ffmpeg, config.ffprobe], sources.door)
  if (!sandbox) log.warn('ffmpeg runs without a sandbox: bubblewrap is missing, does not work here, or was switched off')
  const tools = { ffmpeg: config.ffmpeg, ffprobe: config.ffprobe, sandbox }
  const encoders = await provenEncoders(tools, stopping)
  if (!encoders.some(({ name }) => ENCODERS_OF.h264.includes(name))) throw new Error(`No H.264 encoder works on this host: neither of ${ENCODERS_OF.h264.join(', ')}.`)
  const capabilities = { encoders, decodesOnGpu: false, ffmpegVersion: await versionOf(tools.ffmpeg), cpuCount: cpus().length, gpu: graphicsCard() }
  const register = () =>
    api.register({
      protocol: PROTOCOL,
      name: config.name,
      bootId: randomUUID(),
      capabilities,
      ...(credential ? {} : { enrolmentCode: config.enrolmentCode ?? '' }),
    })
  const answer = await persist(stopping, register)
  if (answer.credential) {
    credential = answer.credential
    await writeFile(credentialFile, `${credential}\n`, { mode: 0o600 })
    await chmod(credentialFile, 0o600)
  }
  log.info({ agent: answer.agentId, encoders: encoders.map(({ name }) => name), storage: config.storage.driver, sandbox: sandbox !== null }, 'registered')
  const draining = new AbortController()
  const drain = () => {
    if (!draining.signal.aborted) log.info('draining: what runs is finished, nothing more is claimed')
    draining.abort(new Error('draining'))
  }
  process.once('SIGUSR1', drain)
  const startedAt = Date.now()
  const control = await startControl({
    stateDir: config.stateDir,
    metricsPort: config.metricsPort,
    status: () => ({ name: config.name, url: config.url, encoders: encoders.map(({ name }) => name), draining: draining.signal.aborted, startedAt }),
    drain,
  })
  const runner: JobRunner = { api, tools, openStore: storeOf(config, () => credential), sources, scratchDir, stopping, drain }
  try {
    const lanes = [...Array.from({ length: config.parallelEncodes }, () => HEAVY), LIGHT, READING]
    await Promise.all(lanes.map((kinds) => runLane(runner, kinds, draining.signal)))
    // Claims we hung up on still wait on the server: a fresh boot id ends them, before a job is given to one of them.
    await register().catch((error) => log.warn({ error: String(error) }, 'could not sign off'))
  } finally {
    process.removeListener('SIGUSR1', drain)
    await control.stop()
    await sources.stop()
  }
}

/** Claims and runs jobs of some kinds, one at a time, until the daemon stops or drains. */
async function runLane(runner: JobRunner, kinds: readonly JobKind[], draining: AbortSignal): Promise<void> {
  const { api, stopping } = runner
  const noMore = AbortSignal.any([stopping, draining])
  while (!noMore.aborted) {
    let lease: JobLease | null = await persist(noMore, () => api.claim(kinds, noMore)).catch((error) => {
      if (noMore.aborted) return null
      throw error
    })
    while (lease && !stopping.aborted) lease = await runJob(runner, lease)
    if (lease) await api.release(lease).catch(() => {})
  }
}

/** Repeats a call until it works, with full jitter; a refused credential is final. */
async function persist<T>(stopping: AbortSignal, call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call()
    } catch (error) {
      if (error instanceof CredentialRefused || stopping.aborted || isRefusal(error)) throw error
      log.warn({ error: String(error), attempt }, 'the server does not answer')
      await setTimeout(Math.random() * Math.min(BACKOFF_MAX_MS, 500 * 2 ** attempt), null, { signal: stopping })
    }
  }
}

/** An enrolment code that was refused will be refused again. */
const isRefusal = (error: unknown) => /invalid_enrolment_code|invalid_request|agent_too_old/.test(String(error))

function storeOf(config: Config, credential: () => string | null): OpenStore {
  if (config.storage.driver === 'edge') return (lease) => counted(edgeStore(config.url, credential, lease))
  const store = counted(s3Store(config.storage.s3))
  return () => store
}
