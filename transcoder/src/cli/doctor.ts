/** Looks at everything a daemon on this host will need, and says what to do about what is missing. */
import { constants } from 'node:fs'
import { access, mkdir, readFile, rm, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ENCODERS_OF, type Encoder } from '@avocet/shared/encode'
import type { Config } from '../config.ts'
import { graphicsCard, provenEncoders } from '../encoders.ts'
import { versionOf } from '../media/ffmpeg.ts'
import { openSandbox } from '../media/sandbox.ts'
import { s3Store } from '../objectStore/s3.ts'
import { startSourceServer } from '../sourceServer.ts'

export interface Finding {
  what: string
  verdict: 'ok' | 'warn' | 'fail'
  /** What was seen and, where it is not well, what to do. */
  text: string
}

const GIB = 1024 ** 3
const LEAST_FREE_BYTES = 2 * GIB
/** SigV4 refuses at 15 minutes; we are nervous long before. */
const SKEW_WARN_MS = 30_000
const SKEW_FAIL_MS = 10 * 60_000
const CALL_MS = 10_000

/** All findings, in the order a person would look. Nothing is changed but a test file that is removed again. */
export async function examine(config: Config): Promise<Finding[]> {
  return [...(await programs(config)), ...(await disk(config.stateDir)), ...(await server(config)), ...(await storage(config))]
}

/** Prints the findings; exit code 1 when something fails. */
export async function doctor(config: Config, asJson: boolean): Promise<number> {
  const findings = await examine(config)
  if (asJson) console.log(JSON.stringify(findings, null, 2))
  else for (const { what, verdict, text } of findings) console.log(`${verdict.padEnd(5)}${what}: ${text}`)
  return findings.some(({ verdict }) => verdict === 'fail') ? 1 : 0
}

async function programs(config: Config): Promise<Finding[]> {
  const version = await versionOf(config.ffmpeg)
  if (version === 'unknown') return [{ what: 'ffmpeg', verdict: 'fail', text: `${config.ffmpeg} does not run. Install ffmpeg, or say where it is by AVOCET_FFMPEG.` }]
  const sources = await startSourceServer()
  try {
    const sandbox = config.sandbox === 'off' ? null : await openSandbox([config.ffmpeg, config.ffprobe], sources.door)
    const why = config.sandbox === 'off' ? 'switched off by AVOCET_SANDBOX' : 'bubblewrap is missing or not allowed here. Install bubblewrap and allow user namespaces'
    const proven = await provenEncoders({ ffmpeg: config.ffmpeg, ffprobe: config.ffprobe, sandbox }, AbortSignal.timeout(120_000))
    const sizes = proven.map(({ name, maxWidth, maxHeight }) => `${name} to ${maxWidth}x${maxHeight}`)
    const has = (names: readonly Encoder[]) => proven.some(({ name }) => names.includes(name))
    const card = graphicsCard()
    return [
      { what: 'ffmpeg', verdict: 'ok', text: version },
      sandbox ? { what: 'sandbox', verdict: 'ok', text: 'ffmpeg runs without network and sees nothing of this host' } : { what: 'sandbox', verdict: 'warn', text: `ffmpeg runs without one: ${why}.` },
      has(ENCODERS_OF.h264)
        ? { what: 'encoders', verdict: 'ok', text: sizes.join(', ') }
        : { what: 'encoders', verdict: 'fail', text: `No H.264 encoder works; this host gets no work. Install an ffmpeg with ${ENCODERS_OF.h264.join(' or ')}.` },
      ...(card && !has(['h264_nvenc']) ? [{ what: 'graphics card', verdict: 'warn' as const, text: `${card} is here, but NVENC does not work: this card has none (A100, H100, H200), the driver is too old, or this ffmpeg was built without it.` }] : []),
    ]
  } finally {
    await sources.stop()
  }
}

async function disk(stateDir: string): Promise<Finding[]> {
  const file = join(stateDir, `doctor-${process.pid}`)
  try {
    await mkdir(stateDir, { recursive: true, mode: 0o700 })
    await writeFile(file, Buffer.alloc(1024 * 1024))
    await rm(file)
    const { bavail, bsize } = await statfs(stateDir)
    const free = bavail * bsize
    const text = `${(free / GIB).toFixed(1)} GiB free in ${stateDir}`
    return [{ what: 'disk', ...(free < LEAST_FREE_BYTES ? { verdict: 'warn' as const, text: `${text}. Scratch files need little, but make room.` } : { verdict: 'ok' as const, text }) }]
  } catch (error) {
    return [{ what: 'disk', verdict: 'fail', text: `${stateDir} cannot be written: ${String(error)}. Set AVOCET_AGENT_STATE to a folder that can.` }]
  }
}

async function server(config: Config): Promise<Finding[]> {
  const credentialFile = join(config.stateDir, 'credential')
  const credential = await access(credentialFile, constants.R_OK).then(
    async () => (await readFile(credentialFile, 'utf8')).trim(),
    () => null,
  )
  try {
    const sentAt = Date.now()
    const headers = { 'Content-Type': 'application/json', ...(credential ? { Authorization: `Bearer ${credential}` } : {}) }
    // A claim of nothing: refused for its body when the credential is good, for the credential when it is not. It changes nothing.
    const answer = await fetch(`${config.url}/agent/v1/jobs/claim`, { method: 'POST', headers, body: '{"kinds":[]}', signal: AbortSignal.timeout(CALL_MS) })
    const skew = Date.parse(answer.headers.get('Date') ?? '') - (sentAt + Date.now()) / 2
    const known: Finding = credential
      ? answer.status === 401
        ? { what: 'credential', verdict: 'fail', text: `was refused. Make a new enrolment code, remove ${credentialFile} and start again.` }
        : { what: 'credential', verdict: 'ok', text: 'this host is enrolled' }
      : config.enrolmentCode
        ? { what: 'credential', verdict: 'ok', text: 'not enrolled yet; an enrolment code is set' }
        : { what: 'credential', verdict: 'fail', text: 'not enrolled. Set AVOCET_ENROLMENT_CODE once.' }
    return [{ what: 'server', verdict: 'ok', text: `${config.url} answers` }, known, ...(Number.isNaN(skew) ? [] : [clock(skew)])]
  } catch (error) {
    return [{ what: 'server', verdict: 'fail', text: `${config.url} cannot be reached: ${String(error instanceof Error ? (error.cause ?? error) : error)}` }]
  }
}

function clock(skewMs: number): Finding {
  const [size, text] = [Math.abs(skewMs), `${(skewMs / 1000).toFixed(1)} s off the server's`]
  if (size < SKEW_WARN_MS) return { what: 'clock', verdict: 'ok', text }
  const advice = `${text}. Leases do not mind, but object storage refuses signatures at 15 minutes: set the clock (timedatectl set-ntp true).`
  return { what: 'clock', verdict: size < SKEW_FAIL_MS ? 'warn' : 'fail', text: advice }
}

async function storage(config: Config): Promise<Finding[]> {
  if (config.storage.driver === 'edge') return [{ what: 'object store', verdict: 'ok', text: 'through the server (AVOCET_STORAGE=edge)' }]
  const { endpoint, bucket } = config.storage.s3
  try {
    await s3Store(config.storage.s3).readAll('doctor/nothing', AbortSignal.timeout(CALL_MS))
  } catch (error) {
    const name = error instanceof Error ? error.name : String(error)
    if (name !== 'NoSuchKey' && name !== 'NotFound') {
      return [{ what: 'object store', verdict: 'fail', text: `${endpoint} refused bucket ${bucket}: ${String(error)}. Check the keys, their rights on the bucket, and the clock.` }]
    }
  }
  return [{ what: 'object store', verdict: 'ok', text: `${endpoint}, bucket ${bucket}, takes our keys` }]
}
