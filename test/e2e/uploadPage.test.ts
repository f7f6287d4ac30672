/** The upload page as a person meets it: Chromium, the embedded server, a network that dies. */
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { firstRun } from '../../worker/embedded/firstRun.ts'
import { type Site, serve } from '../../worker/embedded/serve.ts'
import { launchChromium } from './browser.ts'

const folder = mkdtempSync(join(tmpdir(), 'avocet-page-'))
const path = join(folder, 'Field notes.mp4')
const source = Buffer.concat([Buffer.from('00000018667479706d703432000000006d70343269736f6d', 'hex'), randomBytes(32 * 1024 * 1024)])
const wanted = createHash('sha256').update(source).digest('hex')
/** Screenshots for a person to look at, where one is asked for. */
const SHOTS = process.env.AVOCET_SHOTS
const [OWNER, PASSWORD] = ['owner@avocet.test', 'a long enough password']
let [site, apiKey, browser] = [null as unknown as Site, '', null as unknown as Browser]
const contexts: BrowserContext[] = []

beforeAll(async () => {
  writeFileSync(path, source)
  site = await serve({ root: fileURLToPath(new URL('../../', import.meta.url)), stateDir: join(folder, 'server'), host: '127.0.0.1', port: 0 })
  const { facts } = await firstRun(site.state, site.url)
  apiKey = facts!.apiKey
  await api('POST', '/api/auth/setup', { code: facts!.setupCode, email: OWNER, password: PASSWORD })
  browser = await launchChromium()
})
afterEach(async () => {
  for (const context of contexts.splice(0)) await context.close()
})
afterAll(async () => {
  await browser?.close()
  await site?.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function api<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await fetch(site.url + path, { method, headers: path.startsWith('/api/v1') ? { 'X-API-Key': apiKey } : {}, ...(body ? { body: JSON.stringify(body) } : {}) })
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
  return (await answer.json()) as T
}
const token = async (more: object = {}) => (await api<{ token: string }>('POST', '/api/v1/upload-tokens', more)).token

/** A page whose every complaint, a policy's above all, fails the test that looks. */
async function open(hash = '', options: Parameters<Browser['newContext']>[0] = {}): Promise<{ page: Page; complaints: string[]; cdp: CDPSession }> {
  const context = await browser.newContext({ viewport: { width: 900, height: 720 }, ...options })
  contexts.push(context)
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => message.type() === 'error' && !/ERR_INTERNET_DISCONNECTED|401|415/.test(message.text()) && complaints.push(message.text()))
  await page.goto(`${site.url}/app/upload${hash}`)
  return { page, complaints, cdp: await context.newCDPSession(page) }
}
const slow = (cdp: CDPSession, offline: boolean, bytesPerSecond = 4 * 1024 * 1024) =>
  cdp.send('Network.emulateNetworkConditions', { offline, latency: 5, downloadThroughput: -1, uploadThroughput: bytesPerSecond })
const shot = async (page: Page, name: string) => void (SHOTS && (await page.screenshot({ path: join(SHOTS, `${name}.png`) })))
const bar = (page: Page) => page.locator('progress').evaluate((element) => (element as HTMLProgressElement).value)
const state = (page: Page) => page.locator('.state').textContent()

async function storedDigests(): Promise<string[]> {
  const { bucket } = (await site.storage()) as { bucket: { list(options: object): Promise<{ objects: { key: string }[] }>; get(key: string): Promise<{ arrayBuffer(): Promise<ArrayBuffer> }> } }
  const { objects } = await bucket.list({ prefix: 'src/' })
  return Promise.all(objects.map(async ({ key }) => createHash('sha256').update(Buffer.from(await (await bucket.get(key)).arrayBuffer())).digest('hex')))
}

test('the network dies mid-upload, the page is loaded anew, the file chosen again: it goes on where it was, and every byte is there', async () => {
  const { page, complaints, cdp } = await open(`#${await token()}`)
  await cdp.send('Network.enable')
  await slow(cdp, false)
  await page.setInputFiles('#files', path)
  await expect.poll(() => bar(page), { timeout: 90_000 }).toBeGreaterThan(0.4)
  await shot(page, 'uploading')
  await slow(cdp, true)
  await expect.poll(() => state(page), { timeout: 60_000 }).toMatch(/^Offline/)
  await shot(page, 'offline')
  const before = await api<{ total: number }>('GET', '/api/v1/videos')
  await slow(cdp, false, -1)
  page.on('dialog', (dialog) => void dialog.accept())
  await page.reload()
  await page.getByText('Choose the file again to go on').waitFor()
  await shot(page, 'left')
  const sent: string[] = []
  page.on('request', (request) => request.url().endsWith('/chunk') && sent.push(request.headers()['x-chunk-index']!))
  await page.setInputFiles('#files', path)
  await page.getByRole('link', { name: 'Watch' }).waitFor({ timeout: 90_000 })
  await shot(page, 'done')
  expect(sent.length).toBeGreaterThan(0)
  expect(sent.length).toBeLessThan(6)
  expect(sent).not.toContain('0')
  expect(await storedDigests()).toEqual([wanted])
  expect((await api<{ total: number }>('GET', '/api/v1/videos')).total).toBe(before.total + 1)
  await page.reload()
  expect(await page.locator('.row').count()).toBe(0)
  expect(complaints).toEqual([])
})

test('the network dies and comes back: the upload goes on by itself', async () => {
  const { page, cdp } = await open(`#${await token()}`)
  await cdp.send('Network.enable')
  await slow(cdp, false)
  await page.setInputFiles('#files', path)
  await expect.poll(() => bar(page), { timeout: 90_000 }).toBeGreaterThan(0.2)
  await slow(cdp, true)
  await expect.poll(() => state(page), { timeout: 60_000 }).toMatch(/^Offline/)
  await slow(cdp, false, -1)
  await page.getByRole('link', { name: 'Watch' }).waitFor({ timeout: 90_000 })
  expect(await storedDigests()).toEqual([wanted, wanted])
})

test('a person signs in by keyboard alone, drops a file, pauses, resumes and cancels; no complaint of the policy', async () => {
  const { page, complaints, cdp } = await open()
  await page.keyboard.type(OWNER)
  await page.keyboard.press('Tab')
  await page.keyboard.type('wrong')
  await page.keyboard.press('Enter')
  await page.getByRole('alert').filter({ hasText: /password/i }).waitFor()
  await shot(page, 'sign-in')
  await page.keyboard.press('Control+A')
  await page.keyboard.type(PASSWORD)
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Choose files' }).waitFor()
  await cdp.send('Network.enable')
  await slow(cdp, false, 1024 * 1024)
  await page.evaluate(() => {
    const transfer = new DataTransfer()
    const bytes = new Uint8Array(20 * 1024 * 1024)
    bytes.set([0, 0, 0, 0x18, 0x66, 0x74, 0x79, 0x70])
    transfer.items.add(new File([bytes], 'dropped.mp4'))
    const target = document.getElementById('drop')!
    for (const type of ['dragenter', 'dragover', 'drop']) target.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: transfer }))
  })
  await page.getByRole('progressbar', { name: 'dropped.mp4' }).waitFor()
  const pause = page.getByRole('button', { name: 'Pause: dropped.mp4' })
  await pause.focus()
  await page.keyboard.press('Enter')
  await expect.poll(() => state(page), { timeout: 60_000 }).toMatch(/^Paused/)
  // The focus stays where the person is.
  expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('Resume: dropped.mp4')
  await page.keyboard.press('Enter')
  await expect.poll(() => state(page), { timeout: 60_000 }).toMatch(/of 21\.0 MB/)
  await page.getByRole('button', { name: 'Cancel: dropped.mp4' }).press('Enter')
  await expect.poll(() => page.getByRole('status').textContent(), { timeout: 30_000 }).toBe('dropped.mp4: cancelled')
  expect(await page.locator('.row').count()).toBe(0)
  await page.getByRole('button', { name: 'Sign out' }).press('Enter')
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  expect(complaints).toEqual([])
})

test('what is refused is said in words, beside what went well; the page is under a strict policy', async () => {
  const { page, complaints } = await open(`#${await token({ max_uploads: 1 })}`, { colorScheme: 'dark' })
  await page.setInputFiles('#files', [
    { name: 'page.html', mimeType: 'text/html', buffer: Buffer.from('<html>') },
    { name: 'empty.mp4', mimeType: 'video/mp4', buffer: Buffer.alloc(0) },
    { name: 'good.mp4', mimeType: 'video/mp4', buffer: source.subarray(0, 1000) },
  ])
  await page.locator('.state', { hasText: 'Files of type .html are not video or audio' }).waitFor()
  await page.locator('.state', { hasText: 'The file is empty' }).waitFor()
  await page.getByRole('link', { name: 'Watch' }).waitFor()
  await shot(page, 'refused-dark')
  const answer = await fetch(`${site.url}/app/upload`)
  expect(answer.status).toBe(200)
  const policy = answer.headers.get('Content-Security-Policy') ?? ''
  expect(policy).toMatch(/default-src 'none'/)
  expect(policy).not.toMatch(/unsafe/)
  expect([answer.headers.get('Referrer-Policy'), answer.headers.get('X-Content-Type-Options')]).toEqual(['no-referrer', 'nosniff'])
  expect(complaints).toEqual([])
})

test('the uploader is a module that other sites’ pages may import', async () => {
  const answer = await fetch(`${site.url}/app/uploader.js`)
  expect([answer.headers.get('Access-Control-Allow-Origin'), answer.headers.get('Content-Type')]).toEqual(['*', expect.stringContaining('javascript')])
  const text = await answer.text()
  expect(text).toMatch(/export\{.*startUpload/)
  expect(text).not.toMatch(/from\s*["']/)
})
