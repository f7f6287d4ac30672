/** Where the validator gets its bytes: a server, or a folder. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface Answer {
  status: number
  /** Null: not from a server, so there is nothing to say of headers. */
  headers: Headers | null
  bytes: Buffer
}

export type Fetch = (url: URL) => Promise<Answer>

/** Asks as a player on a foreign page does: with an Origin. */
export const overHttp: Fetch = async (url) => {
  const response = await fetch(url, { headers: { Origin: 'https://viewer.example' } })
  return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) }
}

/** Paths of URLs as files below `root`. */
export const fromFolder =
  (root: string): Fetch =>
  async (url) => {
    const bytes = await readFile(join(root, decodeURIComponent(url.pathname))).catch(() => null)
    return { status: bytes ? 200 : 404, headers: null, bytes: bytes ?? Buffer.alloc(0) }
  }
