import { Fault } from '@avocet/shared/fault'
import type { ByteRange, ObjectStore } from '../domain/platform.ts'

export interface ServeOptions {
  contentType: string
  cacheControl: string
  /** Kept under this name instead of being shown. */
  filename?: string
}

/**
 * Serves a stored object with HEAD, single ranges, ETag and 304 (RFC 9110 sections 13 and 14).
 * Several ranges are answered with the whole object, which the RFC allows, so a request cannot multiply our work (A26).
 */
export async function serveObject(objects: ObjectStore, key: string, request: Request, options: ServeOptions): Promise<Response> {
  const headers = new Headers({ 'Content-Type': options.contentType, 'Cache-Control': options.cacheControl, 'Accept-Ranges': 'bytes' })
  if (options.filename !== undefined) headers.set('Content-Disposition', attachment(options.filename))
  const wanted = request.headers.get('Range')
  const validator = request.headers.get('If-None-Match')
  const plain = request.method === 'GET' && !wanted && !validator
  const object = plain ? await objects.get(key) : null
  const facts = object ?? (await objects.head(key))
  if (!facts) throw new Fault('not_found', 'There is no such file.', { reason: 'object_not_found' })
  headers.set('ETag', facts.etag)
  if (validator && matches(validator, facts.etag)) return new Response(null, { status: 304, headers })

  const ifRange = request.headers.get('If-Range')
  const range = wanted && (!ifRange || ifRange === facts.etag) ? parseRange(wanted, facts.sizeBytes) : null
  if (range === 'unsatisfiable') {
    throw new Fault('bad_range', 'The range lies outside the file.', { extra: { size: facts.sizeBytes } })
  }
  headers.set('Content-Length', String(range ? range.length : facts.sizeBytes))
  if (range) headers.set('Content-Range', `bytes ${range.offset}-${range.offset + range.length - 1}/${facts.sizeBytes}`)
  const status = range ? 206 : 200
  if (request.method === 'HEAD') return new Response(null, { status, headers })
  const body = object ?? (await objects.get(key, range ?? undefined))
  if (!body) throw new Fault('not_found', 'There is no such file.', { reason: 'object_not_found' })
  return new Response(body.body, { status, headers })
}

/** A name as header parameters: one that everything reads, and the real one (RFC 6266 section 4.3, RFC 8187 section 3.2). */
export function attachment(filename: string): string {
  const plain = filename.normalize('NFKD').replace(/[^\x20-\x7e]/g, '').replace(/["\\/:*?<>|%]/g, '_')
  const exact = encodeURIComponent(filename.replace(/[/\\]/g, '_')).replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
  return `attachment; filename="${plain}"; filename*=UTF-8''${exact}`
}

/** One range of a `Range` header; null to ignore it (several ranges, other units, bad syntax). */
export function parseRange(header: string, size: number): ByteRange | 'unsatisfiable' | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header.trim())
  if (!match || (match[1] === '' && match[2] === '')) return null
  if (match[1] === '') {
    const length = Math.min(Number(match[2]), size)
    return length > 0 ? { offset: size - length, length } : 'unsatisfiable'
  }
  const first = Number(match[1])
  if (match[2] !== '' && Number(match[2]) < first) return null
  if (first >= size) return 'unsatisfiable'
  const last = match[2] === '' ? size - 1 : Math.min(Number(match[2]), size - 1)
  return { offset: first, length: last - first + 1 }
}

function matches(header: string, etag: string): boolean {
  return header.trim() === '*' || header.split(',').some((candidate) => candidate.trim().replace(/^W\//, '') === etag)
}
