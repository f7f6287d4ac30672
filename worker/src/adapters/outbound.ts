import { pieces } from './pieces.ts'
import { isPublicAddress } from './publicAddress.ts'
import type { Outbound, OutboundAnswer } from '../domain/platform.ts'

/** Of an answer this much is read, and this much kept. */
const READ_BYTES = 64 * 1024
const KEPT_CHARACTERS = 256
/** A server that answers nothing for so long, or stops in the middle, is given up. */
const SILENCE_MS = 30_000
/** Of DNS over HTTPS. */
export const RESOLVER = 'https://cloudflare-dns.com/dns-query'

/**
 * Requests to addresses customers gave. Never follows a redirect. On Cloudflare (`resolver`) names are looked up before each request, and
 * the compatibility flag `global_fetch_strictly_public` keeps requests from our own zone; a name that changes between the two remains a
 * risk. On one machine the embedded server looks names up and connects to exactly what it found (worker/embedded/outbound.ts).
 */
export function outboundFetch(options: { resolver: string | null }): Outbound {
  /** A name nobody knows is refused too: who keeps it silent here may answer the request. */
  const resolvesPublicly = async (host: string) => {
    if (options.resolver === null) return true
    const found = await addressesOf(options.resolver, host)
    return found.length > 0 && found.every(isPublicAddress)
  }
  // The embedded server is told no scheme by its runtime.
  const scheme = (url: string): Record<string, string> => (options.resolver !== null ? {} : { 'X-Avocet-Scheme': new URL(url).protocol })
  // Its own word on why it asked nobody; it passes none on from outside.
  const embeddedWord = (answer: Response) => (options.resolver !== null ? null : answer.headers.get('X-Avocet-Outbound'))
  return {
    resolvesPublicly,
    async post(url, headers, body, timeoutMs) {
      try {
        if (!(await resolvesPublicly(new URL(url).hostname))) return failed('url_not_allowed: the name does not lead to a public address')
        const answer = await fetch(url, { method: 'POST', headers: { ...headers, ...scheme(url) }, body, redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) })
        if (embeddedWord(answer) !== null) return failed(await head(answer))
        return { status: answer.status, error: null, body: await head(answer), retryAfter: answer.headers.get('Retry-After') }
      } catch (error) {
        return failed(error instanceof DOMException && error.name === 'TimeoutError' ? `no answer within ${timeoutMs / 1000} s` : reasonOf(error))
      }
    },
    async get(url, headers) {
      const stop = new AbortController()
      const silent = setTimeout(() => stop.abort(new Error(`no answer within ${SILENCE_MS / 1000} s`)), SILENCE_MS)
      try {
        if (!(await resolvesPublicly(new URL(url).hostname))) return { status: null, refused: true, error: 'the name does not lead to a public address' }
        const answer = await fetch(url, { headers: { ...headers, ...scheme(url) }, redirect: 'manual', signal: stop.signal })
        const embedded = embeddedWord(answer)
        if (embedded !== null) return { status: null, refused: embedded === 'refused', error: await head(answer) }
        return { status: answer.status, header: (name) => answer.headers.get(name), body: answer.body && watched(answer.body) }
      } catch (error) {
        return { status: null, refused: false, error: reasonOf(error) }
      } finally {
        clearTimeout(silent)
      }
    },
  }
}

/** A body that fails once nothing has moved for too long. */
function watched(source: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const reader = pieces(source)
  return new ReadableStream(
    {
      async pull(controller) {
        let timer: ReturnType<typeof setTimeout> | null = null
        const silence = new Promise<never>((_, reject) => {
          timer = setTimeout(() => reject(new Error('the server fell silent')), SILENCE_MS)
        })
        try {
          const piece = await Promise.race([reader.next(), silence])
          if (piece) controller.enqueue(piece)
          else controller.close()
        } catch (error) {
          reader.cancel(error)
          throw error
        } finally {
          clearTimeout(timer)
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}

const failed = (error: string): OutboundAnswer => ({ status: null, error, body: '', retryAfter: null })
const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error)).slice(0, KEPT_CHARACTERS)

/** The beginning of an answer, without control characters; whatever follows is not read. */
async function head(answer: Response): Promise<string> {
  const reader = answer.body?.getReader()
  if (!reader) return ''
  const decoder = new TextDecoder()
  let [text, read] = ['', 0]
  while (read < READ_BYTES && text.length < KEPT_CHARACTERS) {
    const { done, value } = await reader.read()
    if (done) break
    read += value.byteLength
    text += decoder.decode(value, { stream: true })
  }
  await reader.cancel().catch(() => {})
  return text.replaceAll(/\p{Cc}/gu, ' ').slice(0, KEPT_CHARACTERS)
}

/** All addresses of a name, by DNS over HTTPS (RFC 8484, JSON form); an address is its own. */
async function addressesOf(resolver: string, host: string): Promise<string[]> {
  const literal = host.replace(/^\[|\]$/g, '')
  if (/^[\d.]+$|:/.test(literal)) return [literal]
  const ask = async (type: 'A' | 'AAAA') => {
    const answer = await fetch(`${resolver}?name=${encodeURIComponent(host)}&type=${type}`, { headers: { Accept: 'application/dns-json' } })
    const { Answer: records = [] } = await answer.json<{ Answer?: { type: number; data: string }[] }>()
    return records.filter((record) => record.type === (type === 'A' ? 1 : 28)).map(({ data }) => data)
  }
  return (await Promise.all([ask('A'), ask('AAAA')])).flat()
}
