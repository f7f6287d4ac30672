/** The embedded server under attack: from a client on this machine, from a machine beside it, and by what it leaves behind. */
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startSystem, type System } from './support/system.ts'

const folder = mkdtempSync(join(tmpdir(), 'avocet-attacks-'))
const stateDir = join(folder, 'state')
let system: System
/** Everything that may stand nowhere but where its owner keeps it. */
const secrets: Record<string, string> = {}

beforeAll(async () => {
  // Open to the network, as behind a proxy of the operator's: the hardest case.
  system = await startSystem({ stateDir, transcoders: 0, env: { AVOCET_HOST: '0.0.0.0', AVOCET_OUTBOUND: 'anywhere' } })
  const kept = JSON.parse(readFileSync(join(stateDir, 'secrets.json'), 'utf8')) as { AVOCET_SECRET: string; OPERATOR_TOKEN: string; SETUP_CODE: string; s3: { secretAccessKey: string } }
  Object.assign(secrets, { 'signing secret': kept.AVOCET_SECRET, 'operator token': kept.OPERATOR_TOKEN, 's3 secret': kept.s3.secretAccessKey, 'first key': system.apiKey })
})
afterAll(async () => {
  await system.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** One request written to the socket as it stands: fetch would tidy it up. */
function raw(text: string, host = '127.0.0.1'): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(system.url).port), host)
    let answer = ''
    socket.setTimeout(20_000, () => socket.destroy(new Error('no answer')))
    socket.on('data', (bytes) => (answer += bytes.toString('latin1')))
    socket.on('error', reject)
    socket.on('close', () => resolve(answer))
    // Not ended: a client that has said all it has to say may still want to hear.
    socket.write(text)
    if (!/connection: close/i.test(text)) socket.setTimeout(2_000, () => socket.destroy())
  })
}
const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0)
const PATHS = ['/cdn-cgi/local/explorer', '/cdn-cgi/local/r2/s3/avocet-media', '/CDN-CGI/local/d1', '//cdn-cgi/x', '/%63dn-cgi/x', '/a/../cdn-cgi/x', '/a/%2e%2e/cdn-cgi/x', '/%2e/cdn-cgi/x', '/\\cdn-cgi/x', '/cdn-cgi%2flocal', '/cdn%2dcgi/local', 'http://localhost/cdn-cgi/local/explorer', '/__cf_local/x', '/%25%36%33dn-cgi/x']
const HOSTS = ['127.0.0.1', 'localhost', 'cloudflare.com', 'local.miniflare', '[::1]', 'x'.repeat(250), 'a b', '']
const FORGED = ['MF-Route-Override: nobody', 'MF-Original-URL: http://x/cdn-cgi/local/explorer', 'MF-Proxy-Shared-Secret: x', 'MF-Custom-Service: CORE', 'MF-CF-Blob: {"country":"CH"}', 'MF-Op: GET', 'MF-Op-Target: DB', 'CF-Connecting-IP: 9.9.9.9', 'CF-Worker: x', 'CF-EW-Via: 15', 'X-Forwarded-For: 9.9.9.9', 'X-Forwarded-Host: evil.example', 'X-Forwarded-Proto: https', 'X-Real-IP: 9.9.9.9', 'Forwarded: for=9.9.9.9;host=evil.example', 'True-Client-IP: 9.9.9.9', 'X-Miniflare: 1', 'Connection: MF-Op, X-API-Key', 'Upgrade: websocket', 'Transfer-Encoding: identity']

test('A32: no spelling of the runtime’s own paths, under any Host and any forged header, is answered by it', async () => {
  for (const path of PATHS)
    for (const host of ['127.0.0.1', 'local.miniflare'])
      for (const header of ['X-None: 1', 'MF-Route-Override: nobody', 'MF-Original-URL: http://x/cdn-cgi/local/explorer']) {
        const answer = await raw(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${header}\r\nConnection: close\r\n\r\n`)
        expect([path, host, header, statusOf(answer) >= 400 && statusOf(answer) < 500]).toEqual([path, host, header, true])
        expect(answer).not.toMatch(/explorer|miniflare|avocet-media|sqlite/i)
      }
})

test('A32: forged headers and Hosts change no answer, no link, and nobody’s address', async () => {
  const ask = (lines: string[], host = new URL(system.url).host) => raw(['GET /api/v1/me HTTP/1.1', `Host: ${host}`, `X-API-Key: ${system.apiKey}`, ...lines, 'Connection: close', '', ''].join('\r\n'))
  const plain = await ask([])
  expect(statusOf(plain)).toBe(200)
  const body = (answer: string) => answer.slice(answer.indexOf('\r\n\r\n')).replace(/"request_id":"[^"]*"/, '')
  for (const header of FORGED) {
    const answer = await ask([header]).catch(() => 'HTTP/1.1 400')
    if (statusOf(answer) === 200) expect([header, body(answer)]).toEqual([header, body(plain)])
    else expect([header, statusOf(answer) >= 400 && statusOf(answer) < 500]).toEqual([header, true])
    expect([header, /^(?:mf-|cf-)/im.test(answer.slice(0, answer.indexOf('\r\n\r\n')))]).toEqual([header, false])
  }
  for (const host of HOSTS) expect([host, [200, 400].includes(statusOf(await ask([], host)))]).toEqual([host, true])
})

test('malformed HTTP ends with an answer or a closed connection, and the server goes on', async () => {
  const requests = ['GET / HTTP/9.9\r\n\r\n', 'GET\r\n\r\n', '\0\0\0\0', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', `GET /${'x'.repeat(60_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, `GET / HTTP/1.1\r\nHost: a\r\n${'X-A: b\r\n'.repeat(3_000)}\r\n`, 'POST /api/v1/presets HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef', 'POST /api/v1/presets HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n', 'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n', 'TRACE / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n']
  for (const request of requests) {
    const answer = await raw(request).catch(() => '')
    expect([request.slice(0, 40), answer === '' || statusOf(answer) < 500]).toEqual([request.slice(0, 40), true])
    expect(answer).not.toContain('smuggled')
  }
  expect((await fetch(`${system.url}/healthz`)).status).toBe(200)
})

/** A network namespace joined to this machine by a cable of two ends; null where this user may make none. */
function otherMachine(): { run(...argv: string[]): string; host: string; remove(): void } | null {
  const name = `avc${process.pid}`
  const ip = (...args: string[]) => execFileSync('ip', args, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' })
  const remove = () => {
    spawnSync('ip', ['link', 'del', `${name}a`])
    spawnSync('ip', ['netns', 'del', name])
  }
  try {
    ip('netns', 'add', name)
    ip('link', 'add', `${name}a`, 'type', 'veth', 'peer', 'name', `${name}b`)
    ip('link', 'set', `${name}b`, 'netns', name)
    ip('addr', 'add', '198.18.77.1/30', 'dev', `${name}a`)
    ip('link', 'set', `${name}a`, 'up')
    ip('netns', 'exec', name, 'ip', 'addr', 'add', '198.18.77.2/30', 'dev', `${name}b`)
    ip('netns', 'exec', name, 'ip', 'link', 'set', `${name}b`, 'up')
    return { host: '198.18.77.1', remove, run: (...argv) => ip('netns', 'exec', name, ...argv) }
  } catch (error) {
    remove()
    console.log(`attacks: NOT TRIED from a network namespace: this user may make none (${String(error).split('\n')[0]})`)
    return null
  }
}

test('A32: from another machine the same holds, its address is the one that counts, and the runtime’s own port is out of reach', async () => {
  const machine = otherMachine()
  if (!machine) return
  try {
    const port = new URL(system.url).port
    const curl = (...args: string[]) => machine.run('curl', '-s', '-m', '20', '--path-as-is', ...args)
    expect(curl(`http://${machine.host}:${port}/healthz`)).toBe('ok')
    for (const path of PATHS.filter((one) => one.startsWith('/')))
      for (const header of ['X-None: 1', 'MF-Route-Override: nobody', 'CF-Connecting-IP: 127.0.0.1'])
        expect([path, curl('-o', '/dev/null', '-w', '%{http_code}', '-H', header, `http://${machine.host}:${port}${path}`)]).toEqual([path, expect.stringMatching(/^4\d\d$/)])
    // The runtime listens on loopback alone: no other port of ours answers there.
    const listening = execFileSync('ss', ['-ltnpH'], { encoding: 'utf8' }).split('\n').filter((line) => line.includes('workerd'))
    expect(listening.length).toBeGreaterThan(0)
    for (const line of listening) expect(line).toMatch(/127\.0\.0\.1:\d+|\[::1\]:\d+/)
    // Guesses are counted by the address the connection comes from, whatever is forged: 20 a minute.
    const guess = (forged: string) => curl('-o', '/dev/null', '-w', '%{http_code}', '-X', 'POST', '-H', `CF-Connecting-IP: ${forged}`, '-H', `X-Forwarded-For: ${forged}`, '-d', '{"code":"x","email":"a@example.com","password":"12345678"}', `http://${machine.host}:${port}/api/auth/setup`)
    const codes = Array.from({ length: 24 }, (_, index) => guess(`10.0.0.${index}`))
    expect(codes.filter((code) => code === '429').length).toBeGreaterThanOrEqual(4)
  } finally {
    machine.remove()
  }
  expect(Object.keys(networkInterfaces()).filter((name) => name.startsWith(`avc${process.pid}`))).toEqual([])
})

test('A23: every page says what it may load and who may frame it, and none of our files is guessed to be another type', async () => {
  const assets = join(process.cwd(), 'worker', 'assets')
  const pages = readdirSync(assets, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.html'))
  expect(pages.length).toBeGreaterThan(0)
  for (const page of pages) {
    const answer = await fetch(`${system.url}/${page.replace(/index\.html$/, '').replace(/\.html$/, '')}`)
    const html = await answer.text()
    const policies = `${answer.headers.get('Content-Security-Policy') ?? ''}; ${/http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1] ?? ''}`
    expect([page, answer.status]).toEqual([page, 200])
    expect([page, policies]).toEqual([page, expect.stringMatching(/default-src 'none'/)])
    expect([page, policies]).toEqual([page, expect.stringMatching(/base-uri 'none'/)])
    expect([page, /script-src[^;]*'unsafe-(?:inline|eval)'/.test(policies)]).toEqual([page, false])
    expect([page, answer.headers.get('Content-Security-Policy')]).toEqual([page, expect.stringMatching(/frame-ancestors 'none'/)])
    expect([page, answer.headers.get('X-Content-Type-Options'), answer.headers.get('Referrer-Policy')]).toEqual([page, 'nosniff', 'no-referrer'])
  }
})

test('A06: after all that, no secret stands in a log, in an answer, in the database or in what webhooks were told', async () => {
  const api = (path: string, init: RequestInit = {}) => fetch(`${system.url}/api/v1${path}`, { ...init, headers: { 'X-API-Key': system.apiKey, ...(init.headers as Record<string, string>) } })
  const made = async (path: string, body: unknown) => (await (await api(path, { method: 'POST', body: JSON.stringify(body) })).json()) as Record<string, string>
  secrets['second key'] = (await made('/api-keys', { name: 'x', scopes: ['videos:read'] })).key as string
  const signing = await made('/signing-keys', { name: 'x', algorithm: 'HS256' })
  secrets['signing key'] = signing.secret as string
  secrets['pair'] = ((await made('/signing-keys', { name: 'y' })).private_key as string).split('\n')[1] as string
  const webhook = await made('/webhooks', { url: 'http://127.0.0.1:9/' })
  secrets.webhook = (webhook.secret as string).slice('whsec_'.length)
  secrets['upload token'] = (await made('/upload-tokens', {})).token as string
  secrets.password = 'correct horse battery staple 42'
  const { SETUP_CODE } = JSON.parse(readFileSync(join(stateDir, 'secrets.json'), 'utf8')) as { SETUP_CODE: string }
  await fetch(`${system.url}/api/auth/setup`, { method: 'POST', body: JSON.stringify({ code: SETUP_CODE, email: 'a@example.com', password: secrets.password }) })
  const answers: string[] = []
  const keep = async (answer: Promise<Response>) => answers.push(await (await answer).text())
  for (const key of [secrets['first key'], secrets['second key']]) {
    await keep(fetch(`${system.url}/api/v1/videos?api_key=${key}&per_page=x`))
    await keep(fetch(`${system.url}/api/v1/nothing?api_key=${key}`))
    await keep(fetch(`${system.url}/api/v1/videos/${key}`, { headers: { 'X-API-Key': key as string } }))
    await keep(fetch(`${system.url}/api/v1/presets`, { method: 'POST', headers: { 'X-API-Key': key as string }, body: `{"${key}"` }))
  }
  for (const path of ['/api-keys', '/signing-keys', '/webhooks', `/webhooks/${webhook.id}`, `/webhooks/${webhook.id}/deliveries`, '/upload-tokens', '/me']) await keep(api(path))
  await api(`/webhooks/${webhook.id}/test`, { method: 'POST' })
  await expect.poll(async () => ((await (await api(`/webhooks/${webhook.id}/deliveries`)).json()) as { data: { attempts: unknown[] }[] }).data[0]?.attempts.length, { timeout: 30_000 }).toBe(1)

  const found: string[] = []
  const search = (where: string, text: string) => {
    for (const [name, secret] of Object.entries(secrets)) if (text.includes(secret)) found.push(`${name} in ${where}`)
  }
  for (const answer of answers) search(`an answer: ${answer.slice(0, 60)}`, answer)
  search('what was printed after the first start', system.output().replace(/Setup code[\s\S]*API reference/, ''))
  await system.stop()
  const files = readdirSync(stateDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const keepers = /\/(?:secrets|first-run)\.json$/
  expect(files.filter((file) => /sqlite/.test(file)).length).toBeGreaterThan(0)
  expect(files.filter((file) => file.endsWith('.log')).length).toBeGreaterThan(0)
  for (const file of files.filter((one) => !keepers.test(one))) search(file.slice(stateDir.length), readFileSync(file, 'latin1'))
  expect(found).toEqual([])
  // The search finds what is there: the key's hash is.
  const digest = createHash('sha256').update(secrets['first key'] as string).digest('hex')
  expect(files.some((file) => /sqlite/.test(file) && readFileSync(file, 'latin1').includes(digest))).toBe(true)
})
