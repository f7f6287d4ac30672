import { execFile } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { FirstRun } from './firstRun.ts'

const SECONDS = 20
const POLL_MS = 500
const GIVE_UP_MS = 5 * 60_000

/** Makes a short clip with ffmpeg's own sources, uploads it through the public API and waits until it plays. Returns its watch address. */
export async function playSample(facts: FirstRun, dir: string, signal: AbortSignal): Promise<string> {
  const file = join(dir, 'sample.mp4')
  const argv = [
    '-v',
    'error',
    '-y',
    '-f',
    'lavfi',
    '-i',
    `testsrc2=s=1280x720:r=30:d=${SECONDS}`,
    '-f',
    'lavfi',
    '-i',
    `sine=f=330:b=2:d=${SECONDS}`,
  ]
  await promisify(execFile)(
    'ffmpeg',
    [...argv, '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac', '-shortest', file],
    { signal },
  )
  const bytes = await readFile(file)
  await rm(file)
  const call = async <T>(path: string, init: RequestInit): Promise<T> => {
    const response = await fetch(`${facts.url}/api/v1${path}`, {
      ...init,
      signal,
      headers: { 'X-API-Key': facts.apiKey, ...(init.headers as Record<string, string>) },
    })
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as T
  }
  const body = JSON.stringify({ filename: 'sample.mp4', size: bytes.length, title: 'Avocet sample' })
  const { upload_id, chunk_size, chunk_count } = await call<{ upload_id: string; chunk_size: number; chunk_count: number }>(
    '/upload/init',
    { method: 'POST', body },
  )
  for (let index = 0; index < chunk_count; index++) {
    const chunk = bytes.subarray(index * chunk_size, (index + 1) * chunk_size)
    await call('/upload/chunk', { method: 'POST', body: chunk, headers: { 'X-Upload-ID': upload_id, 'X-Chunk-Index': String(index) } })
    showProgress('uploading the sample', (index + 1) / chunk_count)
  }
  const { video_id, embed_token } = await call<{ video_id: string; embed_token: string }>('/upload/complete', {
    method: 'POST',
    body: JSON.stringify({ upload_id }),
  })
  const deadline = Date.now() + GIVE_UP_MS
  while (Date.now() < deadline) {
    const video = await call<{ playable: boolean; status: string; progress: number; error: { message: string } | null }>(
      `/videos/${video_id}`,
      { method: 'GET' },
    )
    if (video.playable) return `${facts.url}/watch/${embed_token}`
    if (video.status === 'failed') throw new Error(video.error?.message ?? 'the sample failed')
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
  throw new Error('the sample did not become playable; is a transcoder running?')
}

const WIDTH = 30

function showProgress(what: string, done: number): void {
  const filled = Math.round(done * WIDTH)
  const line = `avocet: ${what} [${'#'.repeat(filled)}${'.'.repeat(WIDTH - filled)}] ${Math.round(done * 100)} %`
  if (process.stdout.isTTY) process.stdout.write(`\r${line}${done === 1 ? '\n' : ''}`)
  else console.log(line)
}
