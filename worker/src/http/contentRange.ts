import { Fault } from '@avocet/shared/fault'
import type { PartRange } from '../domain/sources/receivePart.ts'

/** What the first protocol of this kind allows (contract apivideo.md section 5). */
const MAX_PARTS = 10_000
const MAX_TOTAL_BYTES = 52_428_800_000
const MAX_RANGE_BYTES = 200 * 1024 * 1024

/**
 * `part n/N`, `part n/*` (1-based) or `bytes first-last/total` of a Content-Range header; null without one: the whole file.
 * Throws bad_request with a reason that begins with `content_range_`.
 */
export function parseContentRange(header: string | null): PartRange | null {
  if (header === null || header.trim() === '') return null
  const part = /^part\s+(\d{1,15})\/(\d{1,15}|\*)$/.exec(header.trim())
  if (part) return partOf(Number(part[1]), part[2] === '*' ? null : Number(part[2]))
  const bytes = /^bytes\s+(\d{1,15})-(\d{1,15})\/(\d{1,15})$/.exec(header.trim())
  if (bytes) return bytesOf(Number(bytes[1]), Number(bytes[2]), Number(bytes[3]))
  throw refuse('malformed', 'A Content-Range is `part 2/5`, `part 2/*` or `bytes 0-99/1000`.')
}

function partOf(number: number, total: number | null): PartRange {
  if (number === 0) throw refuse('by_part_part_zero', 'Parts are counted from 1.')
  if (total === 0) throw refuse('by_part_total_parts_zero', 'There is at least one part.')
  if (number > MAX_PARTS) throw refuse('by_part_part_too_high_allowed', `At most ${MAX_PARTS} parts.`)
  if (total !== null && total > MAX_PARTS) throw refuse('by_part_total_parts_too_high', `At most ${MAX_PARTS} parts.`)
  if (total !== null && number > total) throw refuse('by_part_part_too_high_total', 'The part lies beyond the total.')
  return { style: 'part', index: number - 1, total }
}

function bytesOf(first: number, last: number, total: number): PartRange {
  if (total === 0) throw refuse('by_bytes_total_bytes_zero', 'There is at least one byte.')
  if (total > MAX_TOTAL_BYTES) throw refuse('by_bytes_total_bytes_too_high', `At most ${MAX_TOTAL_BYTES} bytes.`)
  if (first > last) throw refuse('by_bytes_from_byte_too_high', 'The first byte lies behind the last.')
  if (last >= MAX_TOTAL_BYTES) throw refuse('by_bytes_to_byte_too_high_allowed', `At most ${MAX_TOTAL_BYTES} bytes.`)
  if (last >= total) throw refuse('by_bytes_to_byte_too_high_total', 'The last byte lies beyond the total.')
  if (last - first >= MAX_RANGE_BYTES) throw refuse('by_bytes_range_too_large', `At most ${MAX_RANGE_BYTES} bytes at once.`)
  return { style: 'bytes', first, last, total }
}

const refuse = (what: string, message: string) => new Fault('bad_request', message, { reason: `content_range_${what}` })
