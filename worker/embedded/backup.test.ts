import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { backup, restore } from './backup.ts'
import { openState } from './state.ts'

const root = mkdtempSync(join(tmpdir(), 'avocet-backup-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
let count = 0
const fresh = () => join(root, `f${++count}`)

/** A state folder with something in it, and no server on it. */
function stateFolder(): string {
  const dir = fresh()
  openState(dir).unlock()
  mkdirSync(join(dir, 'data', 'r2'), { recursive: true })
  writeFileSync(join(dir, 'data', 'r2', 'blob'), new Uint8Array(3_000_000).fill(7))
  writeFileSync(join(dir, 'data', 'empty'), '')
  return dir
}
const now = new Date('2026-01-01T00:00:00Z')
const contents = (dir: string) =>
  Object.fromEntries(readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).map((path) => [path.slice(dir.length), readFileSync(path, 'latin1')]))

test('what is put back is what was copied, for its owner alone', async () => {
  const [state, copy, back] = [stateFolder(), fresh(), fresh()]
  const { files } = await backup(state, copy, now)
  expect(Object.keys(files).sort()).toEqual(['data/empty', 'data/r2/blob', 'secrets.json'])
  await restore(copy, back)
  expect(contents(back)).toEqual(contents(state))
  for (const dir of [copy, back, join(copy, 'state', 'secrets.json'), join(copy, 'backup.json')]) expect([dir, statSync(dir).mode & 0o077]).toEqual([dir, 0])
})

test('while a server uses the folder nothing is copied', async () => {
  const [state, copy] = [stateFolder(), fresh()]
  // A process that is one of our servers, as far as the lock can tell.
  const { spawn } = await import('node:child_process')
  const server = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', 'worker/embedded/start.ts'], { stdio: 'ignore' })
  await new Promise((resolve) => server.once('spawn', resolve))
  writeFileSync(join(state, 'server.pid'), String(server.pid))
  await expect.poll(() => readFileSync(`/proc/${server.pid}/cmdline`, 'utf8')).toContain('start.ts')
  await expect(backup(state, copy, now)).rejects.toThrow(/uses this state folder/)
  server.kill('SIGKILL')
  expect([existsSync(copy), existsSync(`${copy}.partial`)]).toEqual([false, false])
})

test('nothing is written over: not a backup, not a state folder in use; a folder inside itself is refused', async () => {
  const [state, copy] = [stateFolder(), fresh()]
  await backup(state, copy, now)
  await expect(backup(state, copy, now)).rejects.toThrow(/is there already/)
  await expect(backup(state, join(state, 'inside'), now)).rejects.toThrow(/inside/)
  await expect(backup(fresh(), fresh(), now)).rejects.toThrow(/no state folder/)
  await expect(restore(copy, state)).rejects.toThrow(/not empty/)
  await expect(restore(state, fresh())).rejects.toThrow(/no finished backup/)
})

test.each<[string, (copy: string) => void, RegExp]>([
  ['a changed byte', (copy) => writeFileSync(join(copy, 'state', 'data', 'r2', 'blob'), new Uint8Array(3_000_000).fill(8)), /is damaged/],
  ['a file cut short', (copy) => writeFileSync(join(copy, 'state', 'data', 'r2', 'blob'), ''), /is damaged/],
  ['a lost file', (copy) => rmSync(join(copy, 'state', 'secrets.json')), /lacks secrets\.json/],
  ['a file too many', (copy) => writeFileSync(join(copy, 'state', 'more'), ''), /holds what it did not copy: more/],
  ['no manifest', (copy) => rmSync(join(copy, 'backup.json')), /no finished backup/],
])('a backup with %s is not put back', async (_, spoil, reason) => {
  const [state, copy, back] = [stateFolder(), fresh(), fresh()]
  await backup(state, copy, now)
  spoil(copy)
  await expect(restore(copy, back)).rejects.toThrow(reason)
  expect(existsSync(back)).toBe(false)
})
