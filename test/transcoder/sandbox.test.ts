import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import { startFfmpeg, type Tools } from '../../transcoder/src/media/ffmpeg.ts'
import { openSandbox, type Sandbox } from '../../transcoder/src/media/sandbox.ts'
import { startSourceServer } from '../../transcoder/src/sourceServer.ts'
import { encodeChunk } from '../../transcoder/src/steps/encode.ts'
import { chunkTask, clip, h264, memoryStore, picture, planned, scratch, tools } from './support.ts'

const sources = await startSourceServer()
afterAll(() => sources.stop())
const opened = await openSandbox(['ffmpeg', 'ffprobe'], sources.door)
const sandbox: Sandbox = opened ?? (() => [])
/** Hosts that forbid user namespaces have no sandbox; there the one promise is that we notice. */
const boxed = opened ? test : (title: string) => console.warn(`left out, bubblewrap does not work on this host: ${title}`)

test('a sandbox is offered exactly where bubblewrap works', () => {
  const { status } = spawnSync('bwrap', ['--unshare-all', '--ro-bind', '/', '/', 'true'])
  expect(opened !== null).toBe(status === 0)
})

/** Runs JavaScript inside the sandbox. */
const inside = (script: string, scratchDir?: string) => {
  const [file, ...args] = sandbox(['/run/node', '-e', script], { outputs: 0, scratchDir })
  return execFileSync(file as string, args, { encoding: 'utf8' })
}

boxed('a sandboxed chunk is the same to the byte as one without', async () => {
  const { plan, source } = await planned(clip('boxed.mp4', ...picture(5, '320x180'), ...h264))
  const task = chunkTask(plan, plan.chunks[0]!)
  const plain = await encodeChunk(source.context(task), task)
  const context = source.context(task)
  const { url, check } = sources.open({ ...context.lease.source, store: source.store, signal: context.signal })
  expect(await encodeChunk({ ...context, sourceUrl: url, checkSource: check, tools: { ...tools, sandbox } }, task)).toEqual(plain)
})

boxed('A41: no network of the host can be reached from inside, but the source can', async () => {
  const server = createServer((_, response) => response.end('secret')).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  const script = `fetch('http://127.0.0.1:${port}/').then(() => 'reached', (error) => error.cause.code).then(console.log)`
  expect(inside(script).trim()).toBe('ECONNREFUSED')
  server.close()

  const store = memoryStore()
  store.objects.set('src', Buffer.from('the source'))
  const { url } = sources.open({ key: 'src', sizeBytes: 10, store, signal: new AbortController().signal })
  expect(await runInside(`fetch('${url}').then((answer) => answer.text()).then(console.log)`)).toBe('the source')
})

/** Like `inside`, while this process goes on answering. */
async function runInside(script: string): Promise<string> {
  const [file, ...args] = sandbox(['/run/node', '-e', script], { outputs: 0 })
  return (await promisify(execFile)(file as string, args)).stdout.trim()
}

boxed('A41: nothing of the host is visible but programs and the one scratch folder', () => {
  const own = join(scratch, 'own')
  mkdirSync(own)
  const look = (path: string, scratchDir?: string) =>
    inside(`try { console.log(require('fs').readdirSync('${path}').length) } catch (error) { console.log(error.code) }`, scratchDir).trim()
  expect(look('/root')).toBe('ENOENT')
  expect(look('/home')).toBe('ENOENT')
  expect(look(scratch)).toBe('ENOENT')
  expect(look(own, own)).toBe('0')
  expect(inside(`try { require('fs').writeFileSync('/usr/x', '') } catch (error) { console.log(error.code) }`).trim()).toBe('EROFS')
  expect(inside('console.log(Object.keys(process.env).sort().join())').trim()).toBe('CUDA_CACHE_PATH,HOME,LC_ALL,PATH,PWD')
})

boxed('aborting ends the sandboxed process', async () => {
  const mark = randomUUID()
  const stop = new AbortController()
  const argv = ['-re', '-f', 'lavfi', '-i', 'testsrc2=d=60', '-metadata', `comment=${mark}`, '-f', 'null', '-']
  const run = startFfmpeg(
    { ...tools, sandbox },
    { argv, outputs: 0, signal: stop.signal, maxMs: 60_000, onProgress: () => stop.abort(new Error('enough')) },
  )
  await expect(run.done).rejects.toThrow('enough')
  await expect.poll(() => processesWith(mark)).toEqual([])
})

boxed('a crash inside counts as a crash', async () => {
  const folder = join(scratch, 'crashing')
  mkdirSync(folder)
  const ffmpeg = join(folder, 'ffmpeg')
  writeFileSync(ffmpeg, '#!/bin/sh\n[ "$1" = -version ] && exit 0\nkill -SEGV $$\n')
  chmodSync(ffmpeg, 0o755)
  const crashy: Tools = { ...tools, ffmpeg, sandbox: await openSandbox([ffmpeg], sources.door) }
  for (const crashing of [crashy, { ...crashy, sandbox: null }]) {
    const run = startFfmpeg(crashing, { argv: [], outputs: 0, signal: new AbortController().signal, maxMs: 10_000 })
    await expect(run.done).rejects.toMatchObject({ class: 'crash' })
  }
})

test('a host where bubblewrap cannot work has no sandbox, and says so by null', async () => {
  expect(await openSandbox(['a-program-that-does-not-exist'], sources.door)).toBeNull()
})

function processesWith(mark: string): string[] {
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandOf(pid).includes(mark) && Number(pid) !== process.pid)
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}
