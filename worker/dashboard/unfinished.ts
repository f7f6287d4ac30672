/** Uploads this browser has begun and not seen the end of: enough to go on with them once the same file is chosen again. */
export interface Unfinished {
  uploadId: string
  name: string
  size: number
  lastModified: number
  /** Who began it: another account's uploads cannot be gone on with. */
  owner: string
}

const KEY = 'avocet-unfinished'
const MOST = 50

export function listUnfinished(owner: string): Unfinished[] {
  return read().filter((one) => one.owner === owner)
}

/** The upload a file belongs to, by its name, size and date. */
export function unfinishedOf(owner: string, file: File): Unfinished | undefined {
  return listUnfinished(owner).find(({ name, size, lastModified }) => name === file.name && size === file.size && lastModified === file.lastModified)
}

export function rememberUnfinished(one: Unfinished): void {
  write([one, ...read().filter(({ uploadId }) => uploadId !== one.uploadId)].slice(0, MOST))
}

export function forgetUnfinished(uploadId: string): void {
  write(read().filter((one) => one.uploadId !== uploadId))
}

function read(): Unfinished[] {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '[]') as Unfinished[]
  } catch {
    return []
  }
}

/** A browser that keeps nothing still uploads. */
function write(all: Unfinished[]): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(all))
  } catch {}
}
