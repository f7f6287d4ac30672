/** The embedding site stands in Referer on this document load; browsers send at least its origin, pages may forbid it. */
export function refererOrigin(request: Request): string | null {
  const referer = URL.parse(request.headers.get('Referer') ?? '')
  return referer ? referer.origin : null
}
