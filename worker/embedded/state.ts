import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { z } from 'zod'

const Secrets = z.object({
  AVOCET_SECRET: z.string(),
  SETUP_CODE: z.string(),
  OPERATOR_TOKEN: z.string(),
  s3: z.object({ accessKeyId: z.string(), secretAccessKey: z.string() }),
})
export type Secrets = z.infer<typeof Secrets>

/** Everything this installation keeps: one folder, readable by its owner alone. */
export interface State {
  dir: string
  secrets: Secrets
  /** Lets others use the folder again. */
  unlock(): void
}

/** Opens (or makes) the state folder and locks it: two servers on one database would destroy it. */
export function openState(path: string): State {
  const dir = resolve(path)
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  chmodSync(dir, 0o700)
  const unlock = lockState(dir)
  return { dir, secrets: readSecrets(join(dir, 'secrets.json')), unlock }
}

/** Writes a file of this state whole or not at all, mode 0600. */
export function writePrivately(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

/** The secrets of a state folder; made when there are none yet. */
export function readSecrets(file: string): Secrets {
  if (existsSync(file)) return Secrets.parse(JSON.parse(readFileSync(file, 'utf8')))
  const random = (bytes: number) => randomBytes(bytes).toString('hex')
  const secrets: Secrets = {
    AVOCET_SECRET: random(32),
    SETUP_CODE: `${random(2)}-${random(2)}-${random(2)}-${random(2)}`,
    OPERATOR_TOKEN: random(32),
    s3: { accessKeyId: random(16), secretAccessKey: random(32) },
  }
  writePrivately(file, `${JSON.stringify(secrets, null, 2)}\n`)
  return secrets
}

/** Keeps every other server and copy away from a state folder until the returned function is called. Throws when one is at it. */
export function lockState(dir: string): () => void {
  const file = join(dir, 'server.pid')
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx', mode: 0o600 })
  } catch {
    const holder = Number(readFileSync(file, 'utf8'))
    if (isAlive(holder)) throw new Error(`Another server (process ${holder}) uses this state folder. Stop it, or set AVOCET_STATE_DIR.`)
    rmSync(file, { force: true })
    writeFileSync(file, String(process.pid), { flag: 'wx', mode: 0o600 })
  }
  return () => rmSync(file, { force: true })
}

/** Whether a server runs on a state folder. */
export function isServed(dir: string): boolean {
  const file = join(dir, 'server.pid')
  return existsSync(file) && isAlive(Number(readFileSync(file, 'utf8')))
}

/** Whether a process of this number runs and is a server like us (numbers are used again). */
function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').match(/embedded\/(?:start|avocet)\.ts/) !== null
  } catch {
    try {
      return process.kill(pid, 0)
    } catch {
      return false
    }
  }
}
