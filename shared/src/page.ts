/** A window on an ordered list: `limit` at most 100. */
export interface Slice {
  offset: number
  limit: number
}

/** One window's items and the length of the whole list. */
export interface Listing<T> {
  items: T[]
  total: number
}

export const MAX_PAGE_SIZE = 100
