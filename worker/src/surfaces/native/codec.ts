/** Spelling shared by the native resources: ISO times, pages, ids. */
import { isId, type IdKind } from '@avocet/shared/ids'
import { type Listing, MAX_PAGE_SIZE, type Slice } from '@avocet/shared/page'
import { z } from 'zod'

/** Instants are ISO 8601 in UTC on the wire. */
export const iso = (at: number): string => new Date(at).toISOString()
export const isoOrNull = (at: number | null): string | null => (at === null ? null : iso(at))
export const Iso = z.iso.datetime()

/** An id of a kind in a path; anything else is 404. */
export const idParam = <K extends IdKind>(kind: K) => z.string().refine((text) => isId(kind, text), 'malformed id')

/** `?page=` from 1 (at most 1,000,000), `?per_page=` up to 100. */
export const PageQuery = z.strictObject({
  page: z.coerce.number().int().min(1).max(1_000_000).default(1),
  per_page: z.coerce.number().int().min(1).max(MAX_PAGE_SIZE).default(25),
})

export const sliceOf = (query: { page: number; per_page: number }): Slice => ({ offset: (query.page - 1) * query.per_page, limit: query.per_page })

/** The native list envelope. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({ data: z.array(item), page: z.number().int(), per_page: z.number().int(), total: z.number().int(), has_more: z.boolean() })

export function encodePage<T, W>(listing: Listing<T>, query: { page: number; per_page: number }, encode: (item: T) => W) {
  return {
    data: listing.items.map(encode),
    page: query.page,
    per_page: query.per_page,
    total: listing.total,
    has_more: query.page * query.per_page < listing.total,
  }
}

/** The error body, for the documentation. */
export const ErrorBody = z.object({ error: z.string(), code: z.string(), request_id: z.string() })
