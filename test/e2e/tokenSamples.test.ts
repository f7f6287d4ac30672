/** The samples of docs/embedding.md, run as they stand there: what they print opens the video. */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Api, apiOf } from './support/encodedVideo.ts'
import { startSystem, type System } from './support/system.ts'

const SAMPLES = new Map([...readFileSync('docs/embedding.md', 'utf8').matchAll(/^(Node \(\w+\)|Python|PHP|Ruby|C#)[^\n]*\n\n```\w+\n(.*?)\n```/gms)].map(([, name, code]) => [name as string, code as string]))
const JSON_NET = '/usr/lib/cli/Newtonsoft.Json-5.0'
/** What runs each, and for C# what compiles it before: Debian's Mono and Json.NET. */
const RUN: Record<string, { program: string; file: string; compile?: [program: string, ...options: string[]] }> = {
  'Node (HS256)': { program: process.execPath, file: 'sample.mjs' },
  'Node (EdDSA)': { program: process.execPath, file: 'sample.mjs' },
  Python: { program: 'python3', file: 'sample.py' },
  PHP: { program: 'php', file: 'sample.php' },
  Ruby: { program: 'ruby', file: 'sample.rb' },
  'C#': { program: 'mono', file: 'sample.exe', compile: ['mcs', `-r:${JSON_NET}/Newtonsoft.Json.dll`] },
}
const isHere = (program: string) => spawnSync(program, ['--version']).status === 0
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

for (const [name, { program, file, compile }] of Object.entries(RUN)) {
  // Languages that are not on this machine are reported as skipped, and named.
  const here = isHere(program) && (!compile || (isHere(compile[0]) && existsSync(JSON_NET)))
  if (!here) console.warn(`${name}: NOT RUN, ${[program, compile?.[0]].filter(Boolean).join(' or ')} is not installed here`)
  test.skipIf(!here)(`${name}: the token it prints opens a private video`, async () => {
    const algorithm = name.includes('EdDSA') ? 'EdDSA' : 'HS256'
    const key = await api<{ id: string; secret?: string; private_key?: string }>('/signing-keys', { method: 'POST', body: JSON.stringify({ name, algorithm }) })
    const source = join(dir, compile ? 'sample.source' : file)
    writeFileSync(source, SAMPLES.get(name) as string)
    if (compile) execFileSync(compile[0], [...compile.slice(1), `-out:${join(dir, file)}`, source])
    const env = { ...process.env, MONO_PATH: JSON_NET, AVOCET_KEY_ID: key.id, AVOCET_SECRET: key.secret ?? '', AVOCET_PRIVATE_KEY: key.private_key ?? '', VIDEO_ID: videoId }
    const token = execFileSync(program, [join(dir, file)], { env, encoding: 'utf8' }).trim()
    const answer = await fetch(`${system.url}/api/v1/embed/${token}`)
    expect([answer.status, await answer.json()]).toMatchObject([200, {}])
    await api(`/signing-keys/${key.id}`, { method: 'DELETE' })
    expect((await fetch(`${system.url}/api/v1/embed/${token}`)).status).toBeGreaterThanOrEqual(400)
  })
}
