/** The samples of docs/embedding.md, run as they stand there: what they print opens the video. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Api, apiOf } from './support/encodedVideo.ts'
import { startSystem, type System } from './support/system.ts'

const SAMPLES = new Map([...readFileSync('docs/embedding.md', 'utf8').matchAll(/^(Node \(\w+\)|Python|PHP|Ruby)[^\n]*\n\n```\w+\n(.*?)\n```/gms)].map(([, name, code]) => [name as string, code as string]))
const RUN: Record<string, [program: string, file: string]> = {
  'Node (HS256)': [process.execPath, 'sample.mjs'],
  'Node (EdDSA)': [process.execPath, 'sample.mjs'],
  Python: ['python3', 'sample.py'],
  PHP: ['php', 'sample.php'],
  Ruby: ['ruby', 'sample.rb'],
}
const dir = mkdtempSync(join(tmpdir(), 'avocet-samples-'))
let system: System
let api: Api
let videoId: string

beforeAll(async () => {
  system = await startSystem({ transcoders: 0 })
  api = apiOf(system)
  videoId = (await api<{ video_id: string }>('/upload?filename=clip.mp4', { method: 'POST', body: new Uint8Array(1000) })).video_id
  await api(`/videos/${videoId}`, { method: 'PUT', body: JSON.stringify({ visibility: 'private' }) })
})
afterAll(async () => {
  await system?.stop()
  rmSync(dir, { recursive: true, force: true })
})

test('the page has a sample for each', () => expect([...SAMPLES.keys()]).toEqual(Object.keys(RUN)))

for (const [name, [program, file]] of Object.entries(RUN)) {
  // Languages that are not on this machine are reported as skipped.
  const here = spawnSync(program, ['--version']).status === 0
  test.skipIf(!here)(`${name}: the token it prints opens a private video`, async () => {
    const algorithm = name.includes('EdDSA') ? 'EdDSA' : 'HS256'
    const key = await api<{ id: string; secret?: string; private_key?: string }>('/signing-keys', { method: 'POST', body: JSON.stringify({ name, algorithm }) })
    writeFileSync(join(dir, file), SAMPLES.get(name) as string)
    const env = { ...process.env, AVOCET_KEY_ID: key.id, AVOCET_SECRET: key.secret ?? '', AVOCET_PRIVATE_KEY: key.private_key ?? '', VIDEO_ID: videoId }
    const token = execFileSync(program, [join(dir, file)], { env, encoding: 'utf8' }).trim()
    const answer = await fetch(`${system.url}/api/v1/embed/${token}`)
    expect([answer.status, await answer.json()]).toMatchObject([200, {}])
    await api(`/signing-keys/${key.id}`, { method: 'DELETE' })
    expect((await fetch(`${system.url}/api/v1/embed/${token}`)).status).toBeGreaterThanOrEqual(400)
  })
}
