/** The caller's `X-Request-Id` where it is harmless (A31), else a fresh one. */
export function requestIdOf(request: Request): string {
  const given = request.headers.get('X-Request-Id')
  return given && /^[A-Za-z0-9_-]{8,64}$/.test(given) ? given : crypto.randomUUID()
}
