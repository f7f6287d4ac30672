import ipaddr from 'ipaddr.js'
import type { Addresses } from '../domain/platform.ts'

type Prefix = [ipaddr.IPv4 | ipaddr.IPv6, number]

/** IPv4 in an IPv6 disguise counts as IPv4, in rules and in callers alike. */
export const addresses: Addresses = {
  parsePrefix(text) {
    const prefix = read(text)
    if (!prefix) return null
    const [address, bits] = prefix
    const bytes = address.toByteArray().map((byte, at) => byte & (0xff << Math.max(0, Math.min(8, 8 * (at + 1) - bits))) & 0xff)
    return `${ipaddr.fromByteArray(bytes)}/${bits}`
  },
  isWithin(address, prefixes) {
    if (!ipaddr.isValid(address)) return false
    const caller = ipaddr.process(address)
    return prefixes.some((text) => {
      const prefix = read(text)
      return prefix !== null && prefix[0].kind() === caller.kind() && caller.match(prefix)
    })
  },
}

/** ipaddr.js reads `10.1` and `0x7f.1` as addresses too; rules are taken in the full spelling alone. */
function read(text: string): Prefix | null {
  const [, address = '', bits] = /^((?:\d{1,3}\.){3}\d{1,3}|[0-9a-fA-F.]*:[0-9a-fA-F:.]*)(?:\/(\d{1,3}))?$/.exec(text.trim()) ?? []
  if (!ipaddr.isValid(address)) return null
  const given = ipaddr.parse(address)
  const whole = given.kind() === 'ipv4' ? 32 : 128
  const length = bits === undefined ? whole : Number(bits)
  if (length > whole) return null
  const plain = ipaddr.process(address)
  if (plain.kind() === given.kind()) return [plain, length]
  return length >= 96 ? [plain, length - 96] : null
}
