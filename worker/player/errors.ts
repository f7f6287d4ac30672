import { Refused } from './session.ts'

/** What a viewer is told, and what support needs to find out more. */
export interface Explained {
  text: string
  code: string
  requestId: string | null
}

/** Codes in words; anything else shows the server's own sentence. */
const WORDS: Record<string, string> = {
  token_expired: 'This link has expired. Ask for a new one.',
  token_revoked: 'Access to this video has been withdrawn.',
  token_required: 'This video is private. Ask its owner for a link.',
  domain_not_allowed: 'This video may not be played on this site.',
  embed_not_found: 'This video does not exist or has been removed.',
  video_failed: 'This video could not be processed.',
  playback_token_invalid: 'The playback session has ended. Reload the page.',
  rate_limited: 'Too many requests. Wait a moment, then reload the page.',
}

/** Any failure in plain words. */
export function explain(error: unknown): Explained {
  if (error instanceof Refused) return { text: WORDS[error.code] ?? error.message, code: error.code, requestId: error.requestId }
  const offline = typeof navigator !== 'undefined' && navigator.onLine === false
  return { text: offline ? 'You are offline. The video goes on when you are back.' : 'The video cannot be played right now.', code: offline ? 'offline' : 'playback_failed', requestId: null }
}

/** Puts a refusal where the picture would be, announced to screen readers. */
export function showError(root: HTMLElement, { text, code, requestId }: Explained): void {
  const box = document.createElement('div')
  box.className = 'error'
  box.setAttribute('role', 'alert')
  box.dataset.code = code
  const sentence = document.createElement('p')
  sentence.textContent = text
  const detail = document.createElement('small')
  detail.textContent = requestId ? `${code} · ${requestId}` : code
  box.append(sentence, detail)
  root.replaceChildren(box)
}
