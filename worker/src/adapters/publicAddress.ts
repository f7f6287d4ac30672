import ipaddr from 'ipaddr.js'

/** Whether an address belongs to the public internet: everything special, and IPv4 in an IPv6 disguise, is not. */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false
  const address = ipaddr.process(text)
  if (address.range() !== 'unicast') return false
  if (address.kind() === 'ipv4') return true
  // NAT64 (RFC 6052, RFC 8215) carries any IPv4 address.
  return !/^(?:64:ff9b:)/.test(address.toString())
}
