/** Transcoder hosts as processes of their own, with good and bad ways to the server, killed and frozen at will. */
import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import { descendantsOf } from '../../e2e/support/processes.ts'
import type { Way } from './proxy.ts'
import type { Site } from './site.ts'

const ROOT = process.cwd()

export interface DaemonOptions {
  /** Ways to the API and to the object store; the direct ones unless given. */
  api?: Way
  s3?: Way
  /** `name:SIGKILL:nth` (transcoder/src/faultPoint.ts). */
  faultPoint?: string
  /** State of an earlier host, to go on with. */
  stateDir?: string
  /** Path of another ffmpeg. */
  ffmpeg?: string
  env?: Record<string, string>
  /** What is put in front of the command. */
  prefix?: readonly string[]
  /** Where its log goes, instead of to us. */
  stdout?: number
  /** False: do not wait until it is registered. */
  wait?: boolean
}

export interface Daemon {
  process: ChildProcess
  pid: number
  environment: NodeJS.ProcessEnv
  stateDir: string
  /** Exit code, or the signal it died of. */
  ended: Promise<number | string>
  lines(): Record<string, unknown>[]
  /** Waits for a log line with these members. */
  logged(members: Record<string, unknown>, seconds?: number): Promise<void>
  /** Waits until the process is stopped by a signal. */
  frozen(): Promise<void>
  /** Processes below it that run ffmpeg. */
  ffmpegs(): number[]
  /** Files left in its scratch folder. */
  scratch(): string[]
  /** Kills it at once, and waits. */
  kill(): Promise<void>
}

/** A host as a process of its own; it may not be registered yet. */
export async function startDaemon(site: Site, options: DaemonOptions): Promise<Daemon> {
  const stateDir = options.stateDir ?? mkdtempSync(join(site.folder, 'a-'))
  const { accessKeyId, secretAccessKey } = site.state.secrets.s3
  const isNew = !readdirSync(stateDir).includes('credential')
  const endpoint = options.s3 ? options.s3.origin + new URL(site.s3.endpoint).pathname : site.s3.endpoint
  const command = [...(options.prefix ?? []), join(ROOT, 'node_modules/node/bin/node'), join(ROOT, 'transcoder/src/main.ts')]
  const environment = {
    PATH: process.env.PATH,
    AVOCET_URL: options.api?.origin ?? site.url.origin,
    AVOCET_AGENT_STATE: stateDir,
    AVOCET_S3_ENDPOINT: endpoint,
    AVOCET_S3_BUCKET: site.s3.bucket,
    AVOCET_S3_ACCESS_KEY_ID: accessKeyId,
    AVOCET_S3_SECRET_ACCESS_KEY: secretAccessKey,
    AVOCET_FFMPEG: options.ffmpeg ?? quickFfmpeg(site),
    ...(isNew ? { AVOCET_ENROLMENT_CODE: await site.enrolmentCode() } : {}),
    ...(options.faultPoint ? { AVOCET_FAULT_POINT: options.faultPoint } : {}),
    ...options.env,
  }
  const child = spawn(command[0] as string, command.slice(1), {
    stdio: ['ignore', options.stdout ?? 'pipe', 'pipe'],
    env: environment,
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (piece: string) => (text += piece))
  const ended = new Promise<number | string>((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal ?? '')))
  const lines = () => text.split('\n').filter((line) => line.startsWith('{') && line.endsWith('}')).map((line) => JSON.parse(line) as Record<string, unknown>)
  const daemon: Daemon = {
    process: child,
    pid: child.pid as number,
    environment,
    stateDir,
    ended,
    lines,
    async logged(members, seconds = 45) {
      const isThere = () => lines().some((line) => Object.entries(members).every(([name, value]) => line[name] === value))
      await expect.poll(isThere, { timeout: seconds * 1000, interval: 50 }).toBe(true).catch(() => {
        throw new Error(`no ${JSON.stringify(members)} in:\n${text}`)
      })
    },
    frozen: () => expect.poll(() => stateOf(child.pid as number), { timeout: 45_000, interval: 50, }).toBe('T'),
    ffmpegs: () => descendantsOf(child.pid as number).filter((pid) => programOf(pid).endsWith('/ffmpeg')),
    scratch: () => filesUnder(join(stateDir, 'scratch')),
    async kill() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
      await ended
    },
  }
  return daemon
}

export function filesUnder(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true }).map(String)
  } catch {
    return []
  }
}

function programOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/exe`)
  } catch {
    return ''
  }
}

export const isFfmpeg = (pid: number): boolean => programOf(pid).endsWith('/ffmpeg')

function stateOf(pid: number): string {
  try {
    return /^State:\s+(\S)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? ''
  } catch {
    return ''
  }
}

/** Where a stand-in for ffmpeg finds what it needs. The trial encodes at start are answered for it: libx264 works, the others do not. */
const HEAD = `#!/bin/bash
here=$(dirname "$0")
case "$*" in *lavfi*) [[ "$*" == *libx264* ]]; exit;; *-version) exec ffmpeg "$@";; esac
`

/** An ffmpeg that begins with a script; the real one follows unless the script ends. \`$here\` is a folder of its own. */
export function ffmpegWith(site: Site, name: string, script: string, head = HEAD): string {
  const folder = join(site.folder, `ffmpeg-${name}`)
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'ffmpeg.sh')
  writeFileSync(`${file}.new`, `${head}${script}\nexec ffmpeg "$@"\n`)
  chmodSync(`${file}.new`, 0o755)
  // A script that is about to run cannot be written to (ETXTBSY); another may take its name.
  renameSync(`${file}.new`, file)
  return file
}

/** An ffmpeg that waits before it encodes picture, so that something can happen meanwhile; `letGo` makes it a quick one. */
export function waitingFfmpeg(site: Site, name: string): { path: string; letGo(): void } {
  const path = ffmpegWith(site, name, 'case "$*" in *filter_complex*pipe:3*) while [ ! -e "$here/go" ]; do sleep 0.2; done;; esac')
  return { path, letGo: () => writeFileSync(join(dirname(path), 'go'), '') }
}

const quickFfmpeg = (site: Site): string => ffmpegWith(site, 'quick', '')
