import { isPublicAddress } from './publicAddress.ts'
import type { Outbound, OutboundAnswer } from '../domain/platform.ts'

/** Of an answer this much is read, and this much kept. */
const READ_BYTES = 64 * 1024
const KEPT_CHARACTERS = 256
const RESOLVER = 'https://cloudflare-dns.com/dns-query'

/**
 * Requests to addresses customers gave. Never follows a redirect. On Cloudflare (`resolver`) names are looked up before each request, and
 * the compatibility flag `global_fetch_strictly_public` keeps requests from our own zone; a name that changes between the two remains a
 * risk. On one machine the embedded server looks names up and connects to exactly what it found (worker/embedded/outbound.ts).
 */
export function outboundFetch(options: { resolver: boolean; now(): number }): Outbound {
  const resolvesPublicly = async (host: string) => !options.resolver || (await addressesOf(host)).every(isPublicAddress)
  return {
    async resolvesPublicly(host) {
      return !options.resolver || ((await addressesOf(host)).length > 0 && (await resolvesPublicly(host)))
    },
    async post(url, headers, body, timeoutMs) {
      try {
        if (!(await resolvesPublicly(new URL(url).hostname))) return failed('url_not_allowed: the name does not lead to a public address')
        const answer = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) })
        return { status: answer.status, error: null, body: await head(answer), retryAfter: answer.headers.get('Retry-After') }
      } catch (error) {
        return failed(error instanceof DOMException && error.name === 'TimeoutError' ? `no answer within ${timeoutMs / 1000} s` : reasonOf(error))
      }
    },
  }
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

/** All addresses of a name, by DNS over HTTPS (RFC 8484, JSON form). */
async function addressesOf(host: string): Promise<string[]> {
  const ask = async (type: 'A' | 'AAAA') => {
    const answer = await fetch(`${RESOLVER}?name=${encodeURIComponent(host)}&type=${type}`, { headers: { Accept: 'application/dns-json' } })
    const { Answer: records = [] } = await answer.json<{ Answer?: { type: number; data: string }[] }>()
    return records.filter((record) => record.type === (type === 'A' ? 1 : 28)).map(({ data }) => data)
  }
  return (await Promise.all([ask('A'), ask('AAAA')])).flat()
}
