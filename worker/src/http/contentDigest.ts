import { Fault } from '@avocet/shared/fault'

/**
 * SHA-256 of a request's body as hex, as its Content-Digest says (RFC 9530 section 2: `sha-256=:<base64>:`, others may stand beside it);
 * null without the header. Throws bad_request `digest_malformed`, or `digest_unsupported` when SHA-256 is not among them.
 */
export function sha256Said(request: Request): string | null {
  const header = request.headers.get('Content-Digest')
  if (header === null) return null
  const members = header.split(',').map((member) => /^\s*([a-z0-9-]+)\s*=\s*:([A-Za-z0-9+/=]*):\s*$/.exec(member) ?? malformed())
  const base64 = members.find(([, algorithm]) => algorithm === 'sha-256')?.[2]
  if (base64 === undefined) throw new Fault('bad_request', 'Content-Digest must hold a sha-256.', { reason: 'digest_unsupported' })
  if (!/^[A-Za-z0-9+/]{43}=$/.test(base64)) malformed()
  return Array.from(atob(base64), (letter) => letter.charCodeAt(0).toString(16).padStart(2, '0')).join('')
}

function malformed(): never {
  throw new Fault('bad_request', 'Content-Digest must be spelled sha-256=:<base64>: (RFC 9530).', { reason: 'digest_malformed' })
}
