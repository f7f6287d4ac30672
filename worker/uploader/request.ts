/** A refusal as the API words it, or that no answer came (status 0). */
export class UploadError extends Error {
  readonly status: number
  /** Machine word, e.g. `quota_exceeded`; `network` when no answer came. */
  readonly code: string
  readonly retryAfterSeconds: number
  readonly details: Readonly<Record<string, unknown>>

  constructor(status: number, code: string, message: string, retryAfterSeconds = 0, details: Readonly<Record<string, unknown>> = {}) {
    super(message)
    this.name = 'UploadError'
    this.status = status
    this.code = code
    this.retryAfterSeconds = retryAfterSeconds
    this.details = details
  }
}

export interface Ask {
  url: string
  method: 'GET' | 'POST' | 'DELETE'
  headers: Record<string, string>
  body?: string | Blob
  signal: AbortSignal
  /** Called with the bytes that have gone, where the platform tells. */
  onSent?: (bytes: number) => void
}

/** One request. Throws UploadError, or the signal's reason when it was called off. */
export async function ask<T>(request: Ask): Promise<T> {
  const { status, text, retryAfter } = request.onSent && typeof XMLHttpRequest === 'function' ? await byXhr(request) : await byFetch(request)
  if (status >= 200 && status < 300) return (text === '' ? null : JSON.parse(text)) as T
  const said = parsed(text)
  throw new UploadError(status, String(said.code ?? 'unexpected'), String(said.error ?? `The server answered ${status}.`), Number(retryAfter) || 0, said)
}

interface Answer {
  status: number
  text: string
  retryAfter: string | null
}

async function byFetch({ url, method, headers, body, signal }: Ask): Promise<Answer> {
  try {
    const answer = await fetch(url, { method, headers, signal, ...(body === undefined ? {} : { body }) })
    return { status: answer.status, text: await answer.text(), retryAfter: answer.headers.get('Retry-After') }
  } catch (error) {
    signal.throwIfAborted()
    throw unreached(error)
  }
}

/** fetch does not tell how much of a body has gone. */
function byXhr({ url, method, headers, body, signal, onSent }: Ask): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest()
    const stop = () => xhr.abort()
    xhr.open(method, url)
    for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value)
    xhr.upload.onprogress = ({ loaded }) => onSent?.(loaded)
    xhr.onload = () => resolve({ status: xhr.status, text: xhr.responseText, retryAfter: xhr.getResponseHeader('Retry-After') })
    xhr.onerror = () => reject(unreached(null))
    xhr.onabort = () => reject(signal.reason)
    xhr.onloadend = () => signal.removeEventListener('abort', stop)
    signal.addEventListener('abort', stop)
    if (signal.aborted) return reject(signal.reason)
    xhr.send(body)
  })
}

const unreached = (cause: unknown) => new UploadError(0, 'network', `The server was not reached${cause instanceof Error ? `: ${cause.message}` : ''}.`)

function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return {}
  }
}
