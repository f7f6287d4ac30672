import { randomUUID } from 'node:crypto'
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { PROTOCOL } from '@avocet/shared/agent'
import { ENCODERS_OF } from '@avocet/shared/encode'
import type { JobKind, JobLease } from '@avocet/shared/job'
import { runningJobs } from './activity.ts'
import { agentApi } from './agentApi.ts'
import type { Config } from './config.ts'
import { demandAlone, startControl } from './control.ts'
import { graphicsCard } from './encoders.ts'
import { CredentialRefused } from './failure.ts'
import { clockNeed, diskNeed, type Need, troubles, untilFit } from './fitness.ts'
import { hostEncoders } from './hostEncoders.ts'
import { conceal, log } from './log.ts'
import { versionOf } from './media/ffmpeg.ts'
import { openSandbox } from './media/sandbox.ts'
import { counted } from './objectStore/counted.ts'
import { edgeStore } from './objectStore/edge.ts'
import type { OpenStore } from './objectStore/port.ts'
import { s3Store } from './objectStore/s3.ts'
import { type JobRunner, runJob } from './runJob.ts'
import { type Slots, slots } from './slots.ts'
import { startSourceServer } from './sourceServer.ts'

/** Lanes run side by side: encoding fills the machine, sound and images must never wait behind it. */
const HEAVY: readonly JobKind[] = ['prepare', 'encode']
const LIGHT: readonly JobKind[] = ['audio', 'images', 'poster']
/** Reading a file through takes the network's time, not the machine's. */
const READING: readonly JobKind[] = ['text', 'remux']
/** Long, and nobody waits for it in front of a player. */
const COPYING: readonly JobKind[] = ['download']

const BACKOFF_MAX_MS = 30_000

/** Runs until `stopping` aborts; then running jobs are given back. Throws CredentialRefused when this host must be enrolled again. */
export async function runDaemon(config: Config, stopping: AbortSignal): Promise<void> {
  const draining = new AbortController()
  const drained = new AbortController()
  const whenIdle = () => {
    if (draining.signal.aborted && runningJobs().length === 0) drained.abort(new Error('drained'))
  }
  const drain = () => {
    if (!draining.signal.aborted) log.info('draining: what runs is finished, nothing more is claimed')
    draining.abort(new Error('draining'))
    whenIdle()
  }
  // From the first moment on: Node's own answer to SIGUSR1 is to open its debugger.
  process.on('SIGUSR1', drain)
  const credentialFile = join(config.stateDir, 'credential')
  const scratchDir = join(config.stateDir, 'scratch')
  await demandAlone(config.stateDir)
  // Start equals recover: whatever a dead run left behind is rubbish.
  await rm(scratchDir, { recursive: true, force: true })
  await mkdir(scratchDir, { recursive: true, mode: 0o700 })
  let credential = await readFile(credentialFile, 'utf8').then(
    (text) => text.trim(),
    () => null,
  )
  for (const secret of [credential, config.enrolmentCode, config.storage.driver === 's3' ? config.storage.s3.secretAccessKey : null]) conceal(secret)
  const api = agentApi(config.url, () => credential)
  const sources = await startSourceServer()
  const sandbox = config.sandbox === 'off' ? null : await openSandbox([config.ffmpeg, config.ffprobe], sources.door)
  if (!sandbox) log.warn('ffmpeg runs without a sandbox: bubblewrap is missing, does not work here, or was switched off')
  const tools = { ffmpeg: config.ffmpeg, ffprobe: config.ffprobe, sandbox }
  const ffmpegVersion = await versionOf(tools.ffmpeg)
  const bootId = randomUUID()
  const encoders = await hostEncoders(tools, scratchDir, stopping, () => register(bootId))
  const names = () => encoders.proven.encoders.map(({ name }) => name)
  if (!names().some((name) => ENCODERS_OF.h264.includes(name))) throw new Error(`No H.264 encoder works on this host: neither of ${ENCODERS_OF.h264.join(', ')}.`)
  const register = (bootId: string) =>
    api.register({
      protocol: PROTOCOL,
      name: config.name,
      bootId,
      capabilities: { ...encoders.proven, ffmpegVersion, cpuCount: cpus().length, gpu: graphicsCard() },
      ...(credential ? {} : { enrolmentCode: config.enrolmentCode ?? '' }),
    })
  const answer = await persist(stopping, () => register(bootId))
  if (answer.credential) {
    credential = answer.credential
    conceal(credential)
    await writeFile(credentialFile, `${credential}\n`, { mode: 0o600 })
    await chmod(credentialFile, 0o600)
  }
  log.info({ agent: answer.agentId, encoders: names(), decodesOnGpu: encoders.proven.decodesOnGpu, storage: config.storage.driver, sandbox: sandbox !== null }, 'registered')
  const startedAt = Date.now()
  const control = await startControl({
    stateDir: config.stateDir,
    metricsPort: config.metricsPort,
    status: () => ({ name: config.name, url: config.url, encoders: names(), decodesOnGpu: encoders.proven.decodesOnGpu, sandbox: sandbox !== null, draining: draining.signal.aborted, unfit: troubles(), startedAt }),
    drain,
  })
  const { openStore, needs } = storeOf(config, () => credential)
  const runner: JobRunner = { api, tools, openStore, sources, scratchDir, encoders, stopping }
  try {
    // One lane more than the machine encodes at a time: while a chunk's last segments are stored, the next one is encoded already.
    const machine = slots(config.parallelEncodes)
    const bounds: Bounds = { needs: [diskNeed(scratchDir), ...needs], draining: draining.signal, drained: drained.signal, whenIdle }
    const heavy = Array.from({ length: config.parallelEncodes + 1 }, () => runLane(runner, HEAVY, machine, bounds))
    await Promise.all([...heavy, ...[LIGHT, READING, COPYING].map((kinds) => runLane(runner, kinds, slots(1), bounds))])
    // Claims we hung up on still wait on the server: a fresh boot id ends them, before a job is given to one of them.
    await register(randomUUID()).catch((error) => log.warn({ error: String(error) }, 'could not sign off'))
  } finally {
    process.removeListener('SIGUSR1', drain)
    await control.stop()
    await sources.stop()
  }
}

interface Bounds {
  needs: readonly Need[]
  draining: AbortSignal
  /** Aborts when nothing runs any more. */
  drained: AbortSignal
  whenIdle(): void
}

/**
 * Claims and runs jobs of some kinds, one at a time, until the daemon stops or drains. A slot is held from before the claim until the job is
 * encoded. While others still work, a drain lets an open claim run out and gives back what it brings: a claim we hung up on could be given
 * a job that nobody hears of until its lease ends.
 */
async function runLane(runner: JobRunner, kinds: readonly JobKind[], slot: Slots, { needs, draining, drained, whenIdle }: Bounds): Promise<void> {
  const { api, stopping } = runner
  const noMore = AbortSignal.any([stopping, drained])
  const noNew = AbortSignal.any([stopping, draining])
  while (!noNew.aborted) {
    await untilFit(needs, noNew)
    const free = await slot(noNew)
    if (!free) return
    const isBusy = runningJobs().some(({ kind, isEncoded }) => kind === 'encode' && !isEncoded)
    await runner.encoders.settle(isBusy).catch((error) => log.warn({ error: String(error) }, 'the server was not told of the graphics card'))
    let lease: JobLease | null = await persist(noMore, () => api.claim(kinds, noMore)).catch((error) => {
      if (noMore.aborted) return null
      throw error
    })
    while (lease && !stopping.aborted && !draining.aborted) lease = await runJob(runner, lease, free)
    free()
    if (lease) await api.release(lease).catch(() => {})
    whenIdle()
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

function storeOf(config: Config, credential: () => string | null): { openStore: OpenStore; needs: Need[] } {
  if (config.storage.driver === 'edge') return { openStore: (lease) => counted(edgeStore(config.url, credential, lease)), needs: [] }
  const s3 = s3Store(config.storage.s3)
  const store = counted(s3)
  return { openStore: () => store, needs: [clockNeed(s3.isTimeRefused)] }
}
