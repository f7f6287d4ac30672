/** A name that leads somewhere else once its webhook is saved: seen with a name server and a network of its own. */
import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'avocet-names-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const SCRIPT = fileURLToPath(new URL('support/rebinding.ts', import.meta.url))
const NETWORK = 'ip link set lo up && ip addr add 93.184.216.34/32 dev lo && mount --bind "$1/resolv.conf" /etc/resolv.conf && exec "$2" "$3" "$1"'

test('W11, A40: a name that turns private after it was saved is not told; one that turns between the look and the request is told where it was looked at', async () => {
  const made = spawnSync('unshare', ['-rnm', 'true'])
  if (made.status !== 0) return console.log(`rebinding: NOT TRIED: this user may make no network namespace (${String(made.stderr ?? made.error).trim()})`)
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem'), '-days', '2', '-subj', '/CN=hooks.acme.dev', '-addext', 'subjectAltName=DNS:hooks.acme.dev'], { stdio: 'ignore' })
  writeFileSync(join(folder, 'resolv.conf'), 'nameserver 127.0.0.1\n')
  const { stdout } = await promisify(execFile)('unshare', ['-rnm', 'sh', '-c', NETWORK, 'sh', folder, process.execPath, SCRIPT], {
    env: { ...process.env, NODE_EXTRA_CA_CERTS: join(folder, 'cert.pem') },
    timeout: 240_000,
  })
  const { told, reached } = JSON.parse(/^TOLD (.*)$/m.exec(stdout)?.[1] ?? '{}') as { told: unknown[]; reached: string[] }
  expect(told).toEqual([
    { path: 'steady', status: 204, error: null },
    { path: 'flipped', status: null, error: expect.stringContaining('public address') },
    { path: 'both', status: null, error: expect.stringContaining('public address') },
    { path: 'flipping', status: 204, error: null },
    { path: 'gone', status: null, error: expect.stringContaining('not found') },
  ])
  expect(reached).toEqual(['93.184.216.34/steady', '93.184.216.34/flipping'])
})
