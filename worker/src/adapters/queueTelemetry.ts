import { toHex } from '@avocet/shared/ids'
import type { Telemetry, TelemetryItem } from '../domain/usage.ts'

/** How long what one isolate has to tell is gathered. What is lost with an isolate is at most this. */
const GATHER_MS = 1_000
/** A beacon has at most 12 KiB, a message 128 KB. */
const ITEMS_A_MESSAGE = 8
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
    for (let at = 0; at < items.length; at += ITEMS_A_MESSAGE) await queue.send(items.slice(at, at + ITEMS_A_MESSAGE))
  }
  return {
    async send(item) {
      gathered.push(item)
      const now = Date.now()
      if (gathered.length < 50 * ITEMS_A_MESSAGE && sentBy > now) return
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

/** An IPv6 subscriber has a whole /64, and changes the rest at will. */
const networkOf = (ip: string) => (ip.includes(':') ? ip.split(':').slice(0, 4).join(':') : ip)

async function hmacKey(secret: string): Promise<CryptoKey> {
  const base = await crypto.subtle.importKey('raw', new TextEncoder().encode(secret), 'HKDF', false, ['deriveKey'])
  const parameters = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: new TextEncoder().encode('avocet viewer pseudonyms') }
  return crypto.subtle.deriveKey(parameters, base, { name: 'HMAC', hash: 'SHA-256', length: 256 }, false, ['sign'])
}
