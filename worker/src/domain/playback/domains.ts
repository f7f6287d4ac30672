/** The domain lock: who may embed a video. Pure; DESIGN section 9. */
import { Fault } from '@avocet/shared/fault'

/**
 * One entry of an allowed list in canonical spelling: `example.com` (that host on its scheme's port), `example.com:*` (any port),
 * `localhost:3000` (that port), `*.example.com` (any subdomain, not the apex). Throws bad_request `invalid_domain` for all else,
 * so a Content-Security-Policy can be built from the list without escaping (A24).
 */
export function parseAllowedDomain(text: string): string {
  const match = /^(\*\.)?([^\s:/?#@[\];,'"\\]+|\[[0-9a-fA-F:.]+\])(:(?:\*|\d{1,5}))?$/.exec(text.trim())
  const host = match ? canonicalHost(match[2]!) : null
  const port = match?.[3]?.slice(1)
  if (!match || host === null || (port !== undefined && port !== '*' && (Number(port) < 1 || Number(port) > 65535))) throw invalid(text)
  if (match[1] && (host.startsWith('[') || /^[\d.]+$/.test(host))) throw invalid(text)
  return `${match[1] ?? ''}${host}${port === undefined ? '' : `:${port === '*' ? '*' : Number(port)}`}`
}

/** True when an embedding page at `origin` (scheme, host and port; `null` when unknown) passes the list. An empty list passes anyone. */
export function isDomainAllowed(list: readonly string[], origin: string | null, allowNoReferrer: boolean): boolean {
  if (list.length === 0) return true
  if (origin === null) return allowNoReferrer
  const url = URL.parse(origin)
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) return false
  const host = url.hostname.replace(/\.$/, '')
  if (host.split('.').includes('')) return false
  return list.some((entry) => matchesEntry(entry, host, url.port))
}

function matchesEntry(entry: string, host: string, port: string): boolean {
  const match = /^(\*\.)?(.+?)(?::(\*|\d+))?$/.exec(entry)
  if (!match) return false
  const [, wildcard, name, wantedPort] = match
  if (wantedPort !== '*' && port !== (wantedPort ?? '')) return false
  return wildcard ? host.endsWith(`.${name}`) : host === name
}

/** The host as a browser spells it (lower case, punycode), or null when it is none. */
function canonicalHost(text: string): string | null {
  const url = URL.parse(`http://${text}/`)
  if (!url || url.username !== '' || url.port !== '' || url.pathname !== '/') return null
  const host = url.hostname.replace(/\.$/, '')
  return /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*$|^\[[0-9a-f:.]+\]$/.test(host) ? host : null
}

function invalid(text: string): Fault {
  return new Fault('bad_request', 'An allowed domain is a host such as example.com, *.example.com or localhost:3000.', {
    reason: 'invalid_domain',
    errors: [{ path: 'allowed_domains', message: `Not a domain: ${JSON.stringify(text.slice(0, 100))}` }],
  })
}
