/** Identifiers: 128-bit UUIDv7 (RFC 9562 section 5.7) stored as prefix + 26 lowercase base32 characters, sortable by time. */

export const ID_PREFIXES = {
  account: 'acc',
  user: 'usr',
  apiKey: 'key',
  video: 'vid',
  asset: 'ast',
  upload: 'upl',
  uploadToken: 'utk',
  import: 'imp',
  encode: 'enc',
  job: 'job',
  agent: 'agt',
  enrolment: 'enr',
  embedToken: 'emb',
  track: 'trk',
  preset: 'pre',
  liveStream: 'liv',
  event: 'evt',
  session: 'ses',
  webhook: 'whk',
  signingKey: 'sgk',
} as const
export type IdKind = keyof typeof ID_PREFIXES
export type Id<K extends IdKind> = `${(typeof ID_PREFIXES)[K]}_${string}`

export type AccountId = Id<'account'>
export type VideoId = Id<'video'>
export type AssetId = Id<'asset'>
export type UploadId = Id<'upload'>
export type EncodeId = Id<'encode'>
export type JobId = Id<'job'>
export type AgentId = Id<'agent'>

/** Crockford's alphabet: no i, l, o, u. Its ASCII order is its numeric order, so ids sort as their bytes do. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'

/** Makes an id of a kind at a time (ms). `random` must hold 10 bytes of cryptographic randomness. */
export function makeId<K extends IdKind>(kind: K, nowMs: number, random: Uint8Array): Id<K> {
  const bytes = new Uint8Array(16)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(nowMs) << 16n)
  bytes.set(random.subarray(0, 10), 6)
  bytes[6] = 0x70 | (bytes[6]! & 0x0f)
  bytes[8] = 0x80 | (bytes[8]! & 0x3f)
  return `${ID_PREFIXES[kind]}_${encodeBase32(bytes)}` as Id<K>
}

/** True when `text` is spelled as an id of that kind; says nothing of whether it exists. */
export function isId<K extends IdKind>(kind: K, text: string): text is Id<K> {
  const prefix = `${ID_PREFIXES[kind]}_`
  return text.length === prefix.length + 26 && text.startsWith(prefix) && /^[0-7][0-9a-hjkmnp-tv-z]{25}$/.test(text.slice(prefix.length))
}

/** The UUID spelling of an id, for dialects that show UUIDs. Inverse of `idFromUuid`. */
export function idToUuid(id: string): string {
  const hex = toHex(decodeBase32(id.slice(id.indexOf('_') + 1)))
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** The id a UUID spells, or null when the text is no UUID. */
export function idFromUuid<K extends IdKind>(kind: K, uuid: string): Id<K> | null {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(uuid)) return null
  const hex = uuid.replaceAll('-', '')
  const bytes = Uint8Array.from({ length: 16 }, (_, at) => Number.parseInt(hex.slice(at * 2, at * 2 + 2), 16))
  return `${ID_PREFIXES[kind]}_${encodeBase32(bytes)}` as Id<K>
}

/** The instant an id was made at (ms). */
export function timeOfId(id: string): number {
  return Number.parseInt(idToUuid(id).replaceAll('-', '').slice(0, 12), 16)
}

/** Lowercase hex of bytes. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function encodeBase32(bytes: Uint8Array): string {
  let value = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
  let text = ''
  for (let at = 0; at < 26; at++) {
    text = ALPHABET[Number(value & 31n)] + text
    value >>= 5n
  }
  return text
}

function decodeBase32(text: string): Uint8Array {
  let value = 0n
  for (const letter of text) value = (value << 5n) | BigInt(ALPHABET.indexOf(letter))
  return Uint8Array.from({ length: 16 }, (_, at) => Number((value >> BigInt(8 * (15 - at))) & 255n))
}
