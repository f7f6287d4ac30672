/** Copies of a whole installation: made while no server runs, whole or not at all, and proven byte for byte when they are put back. */
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { lockState, writePrivately } from './state.ts'

/** Stands in a backup beside `state/`; written last, so a copy without it is none. */
const MANIFEST = 'backup.json'
const Manifest = z.object({
  format: z.literal(1),
  createdAt: z.iso.datetime(),
  files: z.record(z.string(), z.object({ bytes: z.number().int().nonnegative(), sha256: z.string().regex(/^[0-9a-f]{64}$/) })),
})
export type Manifest = z.infer<typeof Manifest>

/** What belongs to one running server. */
const NOT_KEPT = /^(?:server\.pid|.*\.new)$/

/**
 * Copies a state folder to a new folder. Refused while a server runs on it; none can start on it meanwhile. A crash leaves
 * `<target>.partial`, which is no backup. The copy holds the secrets too, readable by its owner alone.
 */
export async function backup(stateDir: string, target: string, now: Date): Promise<Manifest> {
  const [from, to] = [resolve(stateDir), resolve(target)]
  if (!existsSync(join(from, 'secrets.json'))) throw new Error(`${from} is no state folder.`)
  if (existsSync(to)) throw new Error(`${to} is there already. Name a new folder.`)
  if (`${to}/`.startsWith(`${from}/`)) throw new Error('A backup cannot lie inside what it copies.')
  const unlock = lockState(from)
  try {
    const partial = `${to}.partial`
    rmSync(partial, { recursive: true, force: true })
    mkdirSync(partial, { recursive: true, mode: 0o700 })
    const files: Manifest['files'] = {}
    for (const name of filesOf(from)) files[name] = await copy(join(from, name), join(partial, 'state', name))
    const manifest: Manifest = { format: 1, createdAt: now.toISOString(), files }
    writePrivately(join(partial, MANIFEST), `${JSON.stringify(manifest)}\n`)
    renameSync(partial, to)
    return manifest
  } finally {
    unlock()
  }
}

/** Puts a backup into a state folder that is not there yet (or empty). Every file is compared with what was copied; a wrong one, a missing one and one too many stop it. */
export async function restore(source: string, stateDir: string): Promise<Manifest> {
  const [from, to] = [resolve(source), resolve(stateDir)]
  if (!existsSync(join(from, MANIFEST))) throw new Error(`${from} is no finished backup: it has no ${MANIFEST}.`)
  if (existsSync(to) && readdirSync(to).length > 0) throw new Error(`${to} is not empty. Move it away first, or set AVOCET_STATE_DIR to a new folder.`)
  const manifest = Manifest.parse(JSON.parse(readFileSync(join(from, MANIFEST), 'utf8')))
  const found = filesOf(join(from, 'state'))
  const strange = found.filter((name) => !(name in manifest.files))
  if (strange.length > 0) throw new Error(`The backup holds what it did not copy: ${strange[0]}`)
  const partial = `${to}.partial`
  rmSync(partial, { recursive: true, force: true })
  for (const [name, told] of Object.entries(manifest.files)) {
    if (!found.includes(name)) throw new Error(`The backup lacks ${name}.`)
    const { bytes, sha256 } = await copy(join(from, 'state', name), join(partial, name))
    if (bytes !== told.bytes || sha256 !== told.sha256) throw new Error(`The backup is damaged: ${name} is not what was copied.`)
  }
  rmSync(to, { recursive: true, force: true })
  mkdirSync(dirname(to), { recursive: true })
  renameSync(partial, to)
  return manifest
}

/** Files under a folder, as paths relative to it. */
function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !NOT_KEPT.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort()
}

async function copy(from: string, to: string): Promise<{ bytes: number; sha256: string }> {
  mkdirSync(dirname(to), { recursive: true, mode: 0o700 })
  const hash = createHash('sha256')
  let bytes = 0
  const measured = new Transform({
    transform(part: Buffer, _encoding, done) {
      hash.update(part)
      bytes += part.length
      done(null, part)
    },
  })
  // `flush`: on the disk when it is closed, so that what the manifest promises survives a loss of power.
  await pipeline(createReadStream(from), measured, createWriteStream(to, { mode: statSync(from).mode & 0o700, flush: true }))
  return { bytes, sha256: hash.digest('hex') }
}
