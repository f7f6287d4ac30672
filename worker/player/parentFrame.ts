/** Speaks to the page this player is framed in, in player.js messages (specification: github.com/embedly/player.js, SPEC.rst). */
const CONTEXT = 'player.js'
const VERSION = '0.0.11'

/** Who frames us, as far as the browser tells. What we say holds no secret, so an unknown page may hear it. */
const framer = URL.parse(document.referrer)?.origin ?? '*'

/** One message to the framing page; nothing where there is none. */
export function tellParent(event: string, value?: unknown, listener?: string, origin = framer): void {
  if (window.parent === window) return
  // Pages without an origin of their own (sandboxed, files) can be addressed only as anyone.
  window.parent.postMessage(JSON.stringify({ context: CONTEXT, version: VERSION, event, value, listener }), origin === 'null' ? '*' : origin)
}

export interface Message {
  context: string
  method: string
  value?: unknown
  listener?: string
}

/** What the framing page, and nobody else, asks of us. The specification's messages are JSON text; some integrations send the object itself. */
export function fromParent({ source, data }: MessageEvent): Message | null {
  if (source !== window.parent) return null
  try {
    const message = (typeof data === 'string' ? JSON.parse(data) : data) as Message
    return message?.context === CONTEXT && typeof message.method === 'string' ? message : null
  } catch {
    return null
  }
}
