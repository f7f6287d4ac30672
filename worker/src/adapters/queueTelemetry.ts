import { toHex } from '@avocet/shared/ids'
import type { Telemetry, TelemetryItem } from '../domain/usage.ts'

/** How long what one isolate has to tell is gathered. What is lost with an isolate is at most this. */
const GATHER_MS = 1_000
/** A message holds 128 KB; a beacon with what the edge adds at most 14, a request's line 1. */
const MESSAGE_KB = 120
const KB_OF = { playback: 14, request: 1 }
/** An isolate that is told this much within a second sends at once. */
const MOST_GATHERED = 500
/** A sender that has not come by then was cut off: the next one takes over. */
const OVERDUE_MS = 5_000

/** Telemetry as queue messages, many items in each: a message an item would cost more than all else together. */
export function queueTelemetry(queue: Queue<TelemetryItem[]>, secret: string): Telemetry {
  let gathered: TelemetryItem[] = []
  let sentBy = 0
  let key: Promise<CryptoKey> | null = null

  async function flush(): Promise<void> {
    const items = gathered
    gathered = []
    sentBy = 0
    for (const message of packed(items)) await queue.send(message)
  }
  return {
    async send(item) {
      gathered.push(item)
      const now = Date.now()
      if (gathered.length < MOST_GATHERED && sentBy > now) return
      sentBy = now + GATHER_MS + OVERDUE_MS
      await new Promise((resolve) => setTimeout(resolve, GATHER_MS))
      await flush()
    },
    async pseudonym(scope, ip, userAgent) {
      key ??= hmacKey(secret)
      const signed = await crypto.subtle.sign('HMAC', await key, new TextEncoder().encode(JSON.stringify([scope, networkOf(ip), userAgent])))
      return toHex(new Uint8Array(signed)).slice(0, 16)
    },
  }
}

function packed(items: readonly TelemetryItem[]): TelemetryItem[][] {
  const messages: TelemetryItem[][] = []
  let room = 0
  for (const item of items) {
    const size = KB_OF[item.type]
    if (size > room) {
      messages.push([])
      room = MESSAGE_KB
    }
    messages.at(-1)?.push(item)
    room -= size
  }
  return messages
}

/** An IPv6 subscriber has a whole /64, and changes the rest at will. */
const networkOf = (ip: string) => (ip.includes(':') ? ip.split(':').slice(0, 4).join(':') : ip)

async function hmacKey(secret: string): Promise<CryptoKey> {
  const base = await crypto.subtle.importKey('raw', new TextEncoder().encode(secret), 'HKDF', false, ['deriveKey'])
  const parameters = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: new TextEncoder().encode('avocet viewer pseudonyms') }
  return crypto.subtle.deriveKey(parameters, base, { name: 'HMAC', hash: 'SHA-256', length: 256 }, false, ['sign'])
}
