import { Fault } from '@avocet/shared/fault'

const PORTS = ['', '443', '8443']
/** Names that never leave a network (RFC 6761, RFC 6762, RFC 8375, RFC 9476). */
const PRIVATE_SUFFIXES = ['localhost', 'local', 'localdomain', 'internal', 'intranet', 'lan', 'home', 'corp', 'home.arpa', 'alt', 'onion', 'test', 'example', 'invalid']
const MAX_URL = 2_048

/**
 * The address if requests may be sent there on a customer's word, spelled canonically: https on a usual port, a public host name, no
 * credentials, not ourselves. `anywhere` (one machine, its operator's choice) leaves out all but the syntax.
 * Throws bad_request `url_not_allowed`. What the name resolves to is checked again when it is used (platform.ts, Outbound).
 */
export function publicTarget(text: string, rules: { ownHosts: readonly string[]; anywhere: boolean }): string {
  const url = text.length <= MAX_URL ? URL.parse(text) : null
  if (!url || !['https:', 'http:'].includes(url.protocol)) throw refused('This is not an https address.')
  if (url.username || url.password) throw refused('The address must not hold credentials.')
  if (rules.anywhere) return url.href
  if (url.protocol !== 'https:') throw refused('The address must begin with https.')
  if (!PORTS.includes(url.port)) throw refused('Only ports 443 and 8443 are reached.')
  const host = url.hostname.replace(/\.+$/, '').toLowerCase()
  // The URL parser has already turned 0x7f.1, 017700000001 and the like into dotted addresses.
  if (host.startsWith('[') || /^[\d.]+$/.test(host)) throw refused('The address must have a host name, not a number.')
  if (!host.includes('.') || PRIVATE_SUFFIXES.some((suffix) => host === suffix || host.endsWith(`.${suffix}`))) throw refused('This host is not public.')
  if (rules.ownHosts.some((own) => host === own || host.endsWith(`.${own}`))) throw refused('This is our own address.')
  return url.href
}

function refused(why: string): Fault {
  return new Fault('bad_request', `This address cannot be used. ${why}`, { reason: 'url_not_allowed', errors: [{ path: 'url', message: why }] })
}
