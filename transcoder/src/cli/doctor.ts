/** Looks at everything a daemon on this host will need, and says what to do about what is missing. */
import { mkdir, open, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../config.ts'
import { askDaemon, type DaemonStatus } from '../control.ts'
import { examinePrograms } from './examinePrograms.ts'
import { examineRemote } from './examineRemote.ts'
import type { Finding } from './finding.ts'

const MIB = 1024 ** 2
const GIB = 1024 ** 3
const TRIAL_BYTES = 16 * MIB
/** Scratch files are a job's images, subtitles and remuxed sources. */
const LEAST_FREE = { warn: 5 * GIB, fail: GIB }

/** All findings, in the order a person would look. Nothing is changed but trial files and objects that are removed again. */
export async function examine(config: Config): Promise<Finding[]> {
  const parts = [examinePrograms(config), disk(config.stateDir), examineRemote(config), daemon(config.stateDir)]
  return (await Promise.all(parts)).flat()
}

/** Prints the findings; exit code 1 when something fails. */
export async function doctor(config: Config, asJson: boolean): Promise<number> {
  const findings = await examine(config)
  if (asJson) console.log(JSON.stringify(findings, null, 2))
  else {
    for (const { what, verdict, text } of findings) console.log(`${verdict.padEnd(5)}${what}: ${text}`)
    console.log(summary(findings))
  }
  return findings.some(({ verdict }) => verdict === 'fail') ? 1 : 0
}

function summary(findings: readonly Finding[]): string {
  const count = (wanted: Finding['verdict']) => findings.filter(({ verdict }) => verdict === wanted).length
  if (count('fail') > 0) return `\nThis host cannot work yet: ${count('fail')} to mend, ${count('warn')} to look at.`
  return count('warn') > 0 ? `\nThis host can work; ${count('warn')} to look at.` : '\nThis host can work.'
}

async function disk(stateDir: string): Promise<Finding[]> {
  const file = join(stateDir, `doctor-${process.pid}`)
  try {
    await mkdir(stateDir, { recursive: true, mode: 0o700 })
    const startedAt = performance.now()
    const handle = await open(file, 'w')
    await handle.writeFile(Buffer.alloc(TRIAL_BYTES, 1))
    await handle.sync()
    await handle.close()
    const speed = Math.round(TRIAL_BYTES / MIB / ((performance.now() - startedAt) / 1000))
    const { bavail, bsize } = await statfs(stateDir)
    const free = bavail * bsize
    const verdict = free < LEAST_FREE.fail ? 'fail' : free < LEAST_FREE.warn ? 'warn' : 'ok'
    const text = `${(free / GIB).toFixed(1)} GiB free in ${stateDir}, written at ${speed} MiB/s`
    return [{ what: 'disk', verdict, text: verdict === 'ok' ? text : `${text}. Jobs fail for want of space: make room, or set AVOCET_AGENT_STATE.` }]
  } catch (error) {
    return [{ what: 'disk', verdict: 'fail', text: `${stateDir} cannot be written: ${String(error)}. Set AVOCET_AGENT_STATE to a folder that can.` }]
  } finally {
    await rm(file, { force: true }).catch(() => {})
  }
}

/** What the running daemon itself found: its unit restricts it in ways that this command is not. */
async function daemon(stateDir: string): Promise<Finding[]> {
  const what = 'daemon'
  const told = await askDaemon<DaemonStatus>(stateDir, 'GET', '/status').catch(() => undefined)
  if (told === undefined) return [{ what, verdict: 'warn', text: 'runs, but we may not ask it: run this as root or as its user.' }]
  if (told === null) return [{ what, verdict: 'ok', text: 'does not run' }]
  const text = `runs with ${told.encoders.join(', ')}${told.decodesOnGpu ? ', nvdec' : ''}, ${told.sandbox ? 'sandboxed' : 'without a sandbox'}${told.draining ? ', draining' : ''}`
  if (told.unfit.length > 0) return [{ what, verdict: 'fail', text: `${text}, but claims nothing: ${told.unfit.join('; ')}.` }]
  return [{ what, verdict: told.sandbox ? 'ok' : 'warn', text: told.sandbox ? text : `${text}: its log says why.` }]
}
