/** A quiet clip taken all the way through the running system. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { System } from './system.ts'

export interface EncodedVideo {
  id: string
  embedToken: string
}

/** A caller of the native API with the system's first key. Throws on refusals. */
export function apiOf(system: System) {
  return async <T>(path: string, init: RequestInit = {}): Promise<T> => {
    const response = await fetch(`${system.url}/api/v1${path}`, { ...init, headers: { 'X-API-Key': system.apiKey, ...(init.headers as object) } })
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return (response.status === 204 ? null : await response.json()) as T
  }
}
export type Api = ReturnType<typeof apiOf>

/** So many seconds of a small moving picture with sound. */
export function clip(seconds: number): Uint8Array<ArrayBuffer> {
  const dir = mkdtempSync(join(tmpdir(), 'avocet-clip-'))
  try {
    const picture = ['-f', 'lavfi', '-i', `testsrc2=s=320x180:r=10:d=${seconds}`, '-f', 'lavfi', '-i', `sine=f=330:d=${seconds}`]
    execFileSync('ffmpeg', ['-v', 'error', '-y', ...picture, '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac', '-shortest', join(dir, 'clip.mp4')])
    return new Uint8Array(readFileSync(join(dir, 'clip.mp4')))
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

/** Uploads bytes and waits until the video is ready. */
export async function encodedVideo(api: Api, bytes: Uint8Array<ArrayBuffer>): Promise<EncodedVideo> {
  const { video_id, embed_token } = await api<{ video_id: string; embed_token: string }>('/upload?filename=clip.mp4', { method: 'POST', body: bytes })
  for (;;) {
    const { status, error } = await api<{ status: string; error: unknown }>(`/videos/${video_id}`)
    if (status === 'ready') return { id: video_id, embedToken: embed_token }
    if (status === 'failed') throw new Error(JSON.stringify(error))
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}
