/** Spelling shared by the resources of this dialect: ids, times, pages. Contract: apivideo.md section 2. */
import { Fault } from '@avocet/shared/fault'
import { ID_PREFIXES, type Id, type IdKind, isId } from '@avocet/shared/ids'
import { type Listing, MAX_PAGE_SIZE, type Slice } from '@avocet/shared/page'
import { z } from 'zod'

/** Instants with an offset and without fractions: `2024-07-14T23:36:07+00:00`. */
export const time = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}+00:00`
export const Time = z.string().describe('ISO 8601 with an offset')

/** An id of ours under this dialect's prefix: `vid_06…` is `vi06…`. */
export const spellId = (prefix: string, id: string): string => prefix + id.slice(id.indexOf('_') + 1)

/** An id of a kind, by this dialect's prefix; anything else names nothing that is there, and is refused as an unknown one is. */
export const idParam = <K extends IdKind>(kind: K, prefix: string) =>
  z.string().transform((text, context) => parseId(kind, prefix, text) ?? (context.addIssue({ code: 'custom', message: 'malformed id', params: { noun: kind === 'liveStream' ? 'live stream' : kind } }), z.NEVER))

/** The id a text spells, or null. */
export function parseId<K extends IdKind>(kind: K, prefix: string, text: string): Id<K> | null {
  const id = `${ID_PREFIXES[kind]}_${text.slice(prefix.length)}`
  return text.startsWith(prefix) && isId(kind, id) ? id : null
}

/** `?currentPage=` from 1, `?pageSize=` 1 to 100. Other members are left for `extend`. */
export const PageQuery = z.object({ currentPage: z.string().optional(), pageSize: z.string().optional() })

/** The window a page asks for. Throws bad_request `out_of_range`. */
export function sliceOf(query: z.infer<typeof PageQuery>): Slice {
  const page = bounded('currentPage', query.currentPage, 1, 1_000_000)
  const limit = bounded('pageSize', query.pageSize, 25, MAX_PAGE_SIZE)
  return { offset: (page - 1) * limit, limit }
}

function bounded(name: string, text: string | undefined, otherwise: number, max: number): number {
  if (text === undefined || text === '') return otherwise
  const value = /^\d{1,7}$/.test(text) ? Number(text) : Number.NaN
  if (value >= 1 && value <= max) return value
  const range = name === 'pageSize' ? { min: 1, max } : { min: 1 }
  throw new Fault('bad_request', 'This parameter is out of the allowed range of values.', { reason: 'out_of_range', extra: { name: name === 'currentPage' ? 'page' : name, range } })
}

const Link = z.object({ rel: z.enum(['self', 'first', 'previous', 'next', 'last']), uri: z.string() })

/** The list envelope. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({
    data: z.array(item),
    pagination: z.object({
      currentPage: z.number().int(),
      currentPageItems: z.number().int(),
      pageSize: z.number().int(),
      pagesTotal: z.number().int(),
      itemsTotal: z.number().int(),
      links: z.array(Link),
    }),
  })

/** A window as a page; its links keep the filters of the request. */
export async function encodePage<T, W>(request: Request, { offset, limit }: Slice, listing: Listing<T>, encode: (item: T) => W | Promise<W>) {
  const currentPage = offset / limit + 1
  const pagesTotal = Math.max(1, Math.ceil(listing.total / limit))
  const { pathname, searchParams } = new URL(request.url)
  const link = (rel: z.infer<typeof Link>['rel'], page: number) => {
    const query = new URLSearchParams([...searchParams].filter(([name]) => name !== 'currentPage' && name !== 'pageSize'))
    query.set('currentPage', String(page))
    query.set('pageSize', String(limit))
    return { rel, uri: `${pathname}?${query}` }
  }
  return {
    data: await Promise.all(listing.items.map(encode)),
    pagination: {
      currentPage,
      currentPageItems: listing.items.length,
      pageSize: limit,
      pagesTotal,
      itemsTotal: listing.total,
      links: [
        link('self', currentPage),
        link('first', 1),
        ...(currentPage > 1 ? [link('previous', Math.min(currentPage - 1, pagesTotal))] : []),
        ...(currentPage < pagesTotal ? [link('next', currentPage + 1)] : []),
        link('last', pagesTotal),
      ],
    },
  }
}

/** All values of a list in the query, as clients spell lists: `name[]=a&name[]=b`, `name[0]=a`, `name=a`. */
export function listInQuery(request: Request, name: string): string[] {
  return [...new URL(request.url).searchParams].filter(([key]) => key === name || (key.startsWith(`${name}[`) && /^\[\d*\]$/.test(key.slice(name.length)))).map(([, value]) => value)
}

/** The members of a map in the query: `name[key]=value`. */
export function mapInQuery(request: Request, name: string): { key: string; value: string }[] {
  return [...new URL(request.url).searchParams].flatMap(([spelled, value]) => {
    const key = spelled.startsWith(`${name}[`) && spelled.endsWith(']') ? spelled.slice(name.length + 1, -1) : null
    return key === null ? [] : [{ key, value }]
  })
}

export const SortOrder = z.enum(['asc', 'desc']).optional()
