import type { Sealer } from '../domain/platform.ts'

const NONCE_BYTES = 12

/** AES-256-GCM under a key derived from the site's secret, so that a copy of the database alone tells no secret. The previous secret still opens. */
export function sealer(secret: string, previous: string | undefined): Sealer {
  return {
    async seal(text) {
      const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES))
      const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce }, await keyFrom(secret), new TextEncoder().encode(text))
      return btoa(String.fromCharCode(...nonce, ...new Uint8Array(sealed)))
    },
    async open(sealed) {
      const bytes = Uint8Array.from(atob(sealed), (letter) => letter.charCodeAt(0))
      const open = async (from: string) =>
        crypto.subtle.decrypt({ name: 'AES-GCM', iv: bytes.slice(0, NONCE_BYTES) }, await keyFrom(from), bytes.slice(NONCE_BYTES))
      const opened = await open(secret).catch((error) => {
        if (previous === undefined) throw error
        return open(previous)
      })
      return new TextDecoder().decode(opened)
    },
  }
}

async function keyFrom(secret: string): Promise<CryptoKey> {
  const base = await crypto.subtle.importKey('raw', new TextEncoder().encode(secret), 'HKDF', false, ['deriveKey'])
  const parameters = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: new TextEncoder().encode('avocet seal') }
  return crypto.subtle.deriveKey(parameters, base, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
}
