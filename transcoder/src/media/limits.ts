/** Limits the kernel holds ffmpeg to, beside our own watch over it. util-linux' prlimit sets them; bubblewrap's sandbox has it in /usr. */
import { existsSync, readdirSync } from 'node:fs'
import { cpus } from 'node:os'

const GIB = 1024 ** 3
const PRLIMIT = '/usr/bin/prlimit'
/**
 * Address space, not memory: allocators reserve 64 MiB a thread and use little of it. Beyond this something runs away; how much may
 * really be used, the unit's MemoryMax says. CUDA reserves many times as much: where there is a card, this limit is not set.
 */
const ADDRESSES = (16 + cpus().length) * GIB
const FILES = 512
/** Images and texts of a job. Nearly everything large goes through pipes, which this does not count. */
export const FILE_BYTES = 2 * GIB

/** What stands in front of a command of at most `maxMs` whose files have at most `fileBytes` each; nothing where the host has no prlimit. */
export function limitsFor({ maxMs, fileBytes }: { maxMs: number; fileBytes: number }): string[] {
  if (!existsSync(PRLIMIT)) return []
  const hasCard = readdirSync('/dev').some((name) => name.startsWith('nvidia'))
  return [
    PRLIMIT,
    ...(hasCard ? [] : [`--as=${ADDRESSES}`]),
    // All threads count: a machine kept busy to the last of the time is within it.
    `--cpu=${Math.ceil(maxMs / 1000) * cpus().length}`,
    `--nofile=${FILES}`,
    `--fsize=${fileBytes}`,
    '--core=0',
    '--',
  ]
}
