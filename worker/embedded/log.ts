import { createWriteStream, existsSync, renameSync, statSync, type WriteStream } from 'node:fs'

const KEPT_BYTES = 20 * 1024 ** 2

/** Appends to a log file, mode 0600. A file grown past 20 MiB is first set aside as `<file>.1`, over the one before. */
export function openLog(file: string): WriteStream {
  if (existsSync(file) && statSync(file).size > KEPT_BYTES) renameSync(file, `${file}.1`)
  return createWriteStream(file, { flags: 'a', mode: 0o600 })
}
