import { Fault } from '@avocet/shared/fault'

const KNOWN = ['filename', 'title', 'video_id'] as const
/** Names clients give a file's name besides `filename`. */
const ALIASES: Readonly<Record<string, string>> = { name: 'filename' }

/** What an upload says of itself (creation extension: `key base64,key base64`); keys we do not know are passed over. Throws bad_request `metadata_invalid`. */
export function readMetadata(header: string | null): Partial<Record<(typeof KNOWN)[number], string>> {
  const entries = (header ?? '').split(',').map((pair) => pair.trim()).filter(Boolean).map((pair) => pair.split(/ +/, 2))
  const metadata: Record<string, string> = Object.create(null)
  for (const [key = '', base64 = ''] of entries) {
    const name = ALIASES[key] ?? key
    if (KNOWN.includes(name as (typeof KNOWN)[number]) && !(name in metadata)) metadata[name] = decoded(base64)
  }
  return { ...metadata }
}

function decoded(base64: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)))
  } catch {
    throw new Fault('bad_request', 'Upload-Metadata holds values in base64 of UTF-8.', { reason: 'metadata_invalid' })
  }
}
