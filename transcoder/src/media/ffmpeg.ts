/** The one place that starts ffmpeg and ffprobe: argv arrays, no shell, own process group, watched, bounded. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import type { Readable } from 'node:stream'
import { execa, type ResultPromise } from 'execa'
import { JobFailure } from '../failure.ts'
import { ffmpegRuns } from '../metrics.ts'
import { MEMORY_GUARD } from './inputGuard.ts'
import { FILE_BYTES, limitsFor } from './limits.ts'
import type { Sandbox, Wrapped } from './sandbox.ts'

/** An encoder whose output does not move for this long is taken for dead. */
export const STALL_MS = 60_000
const KEPT_STDERR = 64 * 1024

export interface Tools {
  ffmpeg: string
  ffprobe: string
  /** Null: this host has none, or it was switched off. */
  sandbox: Sandbox | null
}

export interface Run {
  /** One stream for each `pipe:3`, `pipe:4`, ... of the arguments. */
  outputs: Readable[]
  /** Resolves with the end of stderr when ffmpeg exits 0; throws JobFailure otherwise. */
  done: Promise<{ stderr: string }>
  /** From now on a chunk of picture goes first. */
  yieldToOthers(): void
  kill(): void
}

export interface RunOptions {
  argv: readonly string[]
  outputs: number
  signal: AbortSignal
  /** Wall-clock ceiling. */
  maxMs: number
  /** The one folder ffmpeg may read and write files in. */
  scratchDir?: string
  /** Largest file written there; FILE_BYTES unless given. */
  fileBytes?: number
  /** Work beside which a chunk of picture goes first, from its beginning. */
  yields?: boolean
  /** Longest silence of the output; STALL_MS unless given. */
  stallMs?: number
  /** Output frames so far (or, for sound, seconds). */
  onProgress?: (progress: { frame: number; seconds: number }) => void
}

/** Where util-linux has it, the kernel kills ffmpeg when the daemon dies, however it dies. */
const DEATH_WATCH = existsSync('/usr/bin/setpriv') ? ['/usr/bin/setpriv', '--pdeathsig', 'KILL', '--'] : []

const NICENESS = constants.priority.PRIORITY_BELOW_NORMAL
/** From its first instant on: what a sandbox has started before we could turn its priority down would keep its own. */
const YIELDS = existsSync('/usr/bin/nice') ? ['/usr/bin/nice', '-n', String(NICENESS)] : []

const OOM_SCORE = 500
/**
 * Where memory runs out the kernel kills an encoder, which is a crash of one job, before the daemon (proc(5), oom_score_adj). Only where that
 * raises it: who may not lower it could not start ffmpeg at all.
 */
const DIES_FIRST = existsSync('/usr/bin/choom') && ownOomScore() < OOM_SCORE ? ['/usr/bin/choom', '-n', String(OOM_SCORE), '--'] : []

function ownOomScore(): number {
  try {
    return Number(readFileSync('/proc/self/oom_score_adj', 'utf8'))
  } catch {
    return OOM_SCORE
  }
}

/** Starts ffmpeg with progress on stdout. It is killed on abort, when nothing moves for 60 s, and past `maxMs`. */
export function startFfmpeg(tools: Tools, { argv, outputs, signal, maxMs, scratchDir, fileBytes = FILE_BYTES, yields = false, stallMs = STALL_MS, onProgress }: RunOptions): Run {
  const command = [tools.ffmpeg, '-hide_banner', '-nostdin', '-loglevel', 'warning', ...MEMORY_GUARD, '-progress', 'pipe:1', '-stats_period', '1', ...argv]
  const wrapped = commandLine(tools, [...limitsFor({ maxMs, fileBytes: scratchDir === undefined ? 0 : fileBytes }), ...command], { outputs, scratchDir })
  const [file, ...args] = [...(yields ? YIELDS : []), ...wrapped]
  const child = execa(file as string, args, {
    stdio: ['ignore', 'pipe', 'pipe', ...Array.from({ length: outputs }, () => 'pipe' as const)],
    buffer: false,
    reject: false,
    detached: true,
    cleanup: true,
    env: { PATH: process.env.PATH, LC_ALL: 'C' },
    extendEnv: false,
  })
  if (yields && child.pid !== undefined) yieldSession(child.pid)
  let reason: 'aborted' | 'stalled' | 'too_slow' | null = null
  const kill = (why: typeof reason) => {
    reason ??= why
    killGroup(child)
  }
  const abort = () => kill('aborted')
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  const ceiling = setTimeout(() => kill('too_slow'), maxMs)
  let stall = setTimeout(() => kill('stalled'), stallMs)
  watchProgress(child.stdout as Readable, (progress) => {
    clearTimeout(stall)
    stall = setTimeout(() => kill('stalled'), stallMs)
    onProgress?.(progress)
  })
  const stderr = keepTail(child.stderr as Readable)
  const done = (async () => {
    const result = await child
    clearTimeout(ceiling)
    clearTimeout(stall)
    signal.removeEventListener('abort', abort)
    ffmpegRuns.inc({ result: reason ?? (result.exitCode === 0 ? 'ok' : isCrash(result) ? 'crashed' : 'refused') })
    if (reason === 'aborted') throw signal.reason ?? new Error('aborted')
    if (reason) throw new JobFailure('retryable', `encoder_${reason}`, 'The encoder stopped making progress.')
    if (result.exitCode === 0) return { stderr: stderr() }
    if (isCrash(result)) throw new JobFailure('crash', 'encoder_crashed', 'The encoder crashed.', stderr())
    throw ffmpegFailure(stderr())
  })()
  done.catch(() => {})
  return {
    outputs: Array.from({ length: outputs }, (_, at) => child.stdio[at + 3] as Readable),
    done,
    yieldToOthers() {
      if (child.pid === undefined) return
      yieldSession(child.pid)
      // The process before us in the group may be the sandbox: all of it is meant.
      void execa('renice', ['-n', String(NICENESS), '-g', String(child.pid)], { reject: false, stdio: 'ignore' })
    },
    kill: () => kill('aborted'),
  }
}

/** Runs ffprobe to its end and returns its JSON. Throws JobFailure. */
export async function ffprobeJson(tools: Tools, argv: readonly string[], signal: AbortSignal): Promise<unknown> {
  const command = [tools.ffprobe, '-v', 'error', ...MEMORY_GUARD, '-of', 'json', ...argv]
  const [file, ...args] = commandLine(tools, [...limitsFor({ maxMs: STALL_MS, fileBytes: 0 }), ...command], { outputs: 0 })
  const result = await execa(file as string, args, {
    reject: false,
    timeout: STALL_MS,
    cancelSignal: signal,
    maxBuffer: 8 * 1024 * 1024,
    stdin: 'ignore',
    detached: true,
    cleanup: true,
    env: { PATH: process.env.PATH, LC_ALL: 'C' },
    extendEnv: false,
  })
  if (result.isCanceled) throw signal.reason ?? new Error('aborted')
  if (result.timedOut) throw new JobFailure('retryable', 'probe_stalled', 'Reading the file took too long.')
  if (isCrash(result)) throw new JobFailure('crash', 'probe_crashed', 'Reading the file crashed.', result.stderr)
  if (result.exitCode !== 0) throw ffmpegFailure(String(result.stderr))
  return JSON.parse(String(result.stdout))
}

/** ffmpeg's version, as it tells it; `unknown` when it does not. */
export async function versionOf(ffmpeg: string): Promise<string> {
  const { stdout } = await execa(ffmpeg, ['-version'], { reject: false })
  return /^ff[a-z]+ version (\S+)/.exec(String(stdout))?.[1]?.slice(0, 100) ?? 'unknown'
}

/** Names of the filters of a build; empty when it does not tell. */
export async function filtersOf(ffmpeg: string): Promise<Set<string>> {
  const { stdout } = await execa(ffmpeg, ['-hide_banner', '-filters'], { reject: false })
  return new Set([...String(stdout).matchAll(/^ [T.][S.][C.] +(\S+)/gm)].map((match) => match[1] as string))
}

function commandLine({ sandbox }: Tools, command: readonly string[], wrapped: Wrapped): string[] {
  return [...DEATH_WATCH, ...DIES_FIRST, ...(sandbox ? sandbox(command, wrapped) : command)]
}

/** Died of a signal, or, told by the sandbox, exited with 128 and its number. 255 is ffmpeg's own way to end when told to. */
function isCrash({ signal, exitCode }: { signal?: string; exitCode?: number }): boolean {
  return signal !== undefined || (exitCode !== undefined && exitCode > 128 && exitCode < 255)
}

/** What ffmpeg's last words mean, first match first: whether it is the file's fault, and a sentence for the video's owner. */
const LAST_WORDS = [
  [/No space left on device/, 'retryable', 'disk_full', 'The transcoder host has no disk space left.'],
  [
    /OpenEncodeSessionEx failed|Cannot load libcuda|No decoder surfaces left|CUDA_ERROR/,
    'retryable',
    'gpu_unavailable',
    'The graphics card of the host refused.',
  ],
  [/Error while opening encoder|Error initializing output stream/, 'retryable', 'encoder_failed', 'The encoder could not be started.'],
  [/Codec \(.*\) not on whitelist/, 'permanent', 'codec_not_supported', 'The file holds a stream in a format that is not decoded here.'],
  [/exceeds max_streams/, 'permanent', 'too_many_streams', 'The file holds more streams than we read.'],
  [/moov atom not found/, 'permanent', 'source_truncated', 'The file is cut off: its index, at the end, is missing. Upload it again.'],
  // Also what follows from a limit above: those come first.
  [/Cannot allocate memory|cannot allocate memory in static TLS|failed to map segment/, 'crash', 'out_of_memory', 'The encoder was given no more memory.'],
  [
    /Server returned 5|Connection refused|Input\/output error|Connection reset/,
    'retryable',
    'source_unreadable',
    'The source could not be read.',
  ],
  [
    /Format not on whitelist|Invalid data found|Invalid argument|could not find codec parameters/i,
    'permanent',
    'not_a_video',
    'The file is not a video we can read, or it is damaged.',
  ],
  [/^/, 'retryable', 'encoder_failed', 'The encoder failed.'],
] as const

/** A failed run's end of stderr as a failure. */
export function ffmpegFailure(stderr: string): JobFailure {
  const [, failureClass, reason, message] = LAST_WORDS.find(([words]) => words.test(stderr)) ?? LAST_WORDS[LAST_WORDS.length - 1]!
  return new JobFailure(failureClass, reason, message, stderr)
}

/** The session too yields: Linux weighs sessions against each other first (sched(7), autogroup). */
function yieldSession(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/autogroup`, String(NICENESS))
  } catch {
    // A kernel without autogroups, or a child that is gone already: a courtesy only.
  }
}

function killGroup(child: ResultPromise): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    child.kill('SIGKILL')
  }
}

/** Follows `-progress` output (key=value lines, a block a second). Calls back only when something moved. */
function watchProgress(stdout: Readable, moved: (progress: { frame: number; seconds: number }) => void): void {
  let [rest, frame, seconds] = ['', 0, 0]
  stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    const before = `${frame} ${seconds}`
    for (const line of lines) {
      const [name, value] = line.split('=')
      if (name === 'frame') frame = Number(value)
      if (name === 'out_time_us' && Number(value) > 0) seconds = Number(value) / 1e6
    }
    if (`${frame} ${seconds}` !== before) moved({ frame, seconds })
  })
}

/** Reads stderr always (a full pipe would block ffmpeg) and keeps its end. */
function keepTail(stderr: Readable): () => string {
  let tail = ''
  stderr.setEncoding('utf8').on('data', (text: string) => {
    tail = (tail + text).slice(-KEPT_STDERR)
  })
  return () => tail
}
