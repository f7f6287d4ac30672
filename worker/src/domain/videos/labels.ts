import { Fault } from '@avocet/shared/fault'
import { stripInvisible } from './title.ts'
import type { Metadatum } from './video.ts'

const MAX_LABELS = 100
const MAX_LENGTH = 255

/** Clean tags, each once. Throws bad_request `invalid_tags`. */
export function cleanTags(tags: readonly string[]): string[] {
  const clean = [...new Set(tags.map((tag) => stripInvisible(tag).trim()).filter((tag) => tag !== ''))]
  demandFew(clean.length, 'tags')
  for (const tag of clean) demandShort(tag, 'tags')
  return clean
}

/** Clean notes; of a key given twice the last stands. Throws bad_request `invalid_metadata`. */
export function cleanMetadata(metadata: readonly Metadatum[]): Metadatum[] {
  const byKey = new Map(metadata.map(({ key, value }) => [stripInvisible(key).trim(), stripInvisible(value)]))
  byKey.delete('')
  demandFew(byKey.size, 'metadata')
  for (const text of [...byKey].flat()) demandShort(text, 'metadata')
  return [...byKey].map(([key, value]) => ({ key, value }))
}

function demandFew(count: number, path: string): void {
  if (count > MAX_LABELS) throw refusal(path, `At most ${MAX_LABELS}.`)
}

function demandShort(text: string, path: string): void {
  if (text.length > MAX_LENGTH) throw refusal(path, `At most ${MAX_LENGTH} characters each.`)
}

const refusal = (path: string, message: string) => new Fault('bad_request', `${path}: ${message}`, { reason: `invalid_${path}`, errors: [{ path, message }] })
