import type { Fault, FaultCode } from '@avocet/shared/fault'

const DOCS = 'https://docs.api.video/reference/'
type Spelling = { status: number; slug?: string; title: string }

/** Every fault as this dialect knows it (contract section 2, "Errors"). Slugs it lacks are left out. */
const SPELLING: Record<FaultCode, Spelling> = {
  bad_request: { status: 400, slug: 'invalid-attribute', title: 'An attribute is invalid.' },
  unauthenticated: { status: 401, slug: 'authentication-missing-authorization-header', title: 'The Authorization header is missing.' },
  forbidden: { status: 403, title: 'This is not allowed to this credential.' },
  not_found: { status: 404, slug: 'resource-not-found', title: 'The requested resource was not found.' },
  conflict: { status: 409, title: 'This conflicts with the state of the resource.' },
  gone: { status: 404, slug: 'resource-not-found', title: 'The requested resource was not found.' },
  too_large: { status: 400, slug: 'uploaded-file-too-large', title: 'The uploaded file is too large.' },
  unsupported_media: { status: 400, slug: 'uploaded-file-extension-invalid', title: 'The extension of the uploaded file is not allowed.' },
  unprocessable: { status: 400, slug: 'uploaded-file-invalid-file', title: 'The uploaded file is invalid.' },
  bad_range: { status: 416, title: 'The range is not satisfiable.' },
  rate_limited: { status: 429, slug: 'too-many-requests', title: 'Too many requests.' },
  quota_exceeded: { status: 403, title: 'The storage quota of this account is used up.' },
  not_ready: { status: 409, title: 'This is not ready yet.' },
  not_implemented: { status: 501, title: 'This is not offered here.' },
  unavailable: { status: 503, title: 'Server error' },
  internal: { status: 500, title: 'Server error' },
}

/** Reasons that have a type of their own. */
const REASONS: Record<string, Partial<Spelling>> = {
  credentials_required: { title: 'The Authorization header is missing.' },
  credentials_malformed: { slug: 'authentication-invalid-authorization-header-value', title: 'The value of the Authorization header is invalid.' },
  invalid_api_key: { slug: 'authentication-invalid-api-key', title: 'The API key is invalid.' },
  api_key_revoked: { slug: 'authentication-invalid-api-key', title: 'The API key is invalid.' },
  api_key_expired: { slug: 'authentication-invalid-api-key', title: 'The API key is invalid.' },
  invalid_access_token: { slug: 'authentication-invalid-access-token', title: 'The access token is invalid.' },
  invalid_refresh_token: { slug: 'authentication-invalid-refresh-token', title: 'The refresh token is invalid.' },
  upload_token_expired: { slug: 'authentication-invalid-upload-token', title: 'The upload token is invalid.' },
  upload_token_required: { slug: 'authentication-missing-upload-token', title: 'The upload token is missing.' },
  invalid_upload_token: { slug: 'authentication-invalid-upload-token', title: 'The upload token is invalid.' },
  account_suspended: { slug: 'authorization-suspended-account', title: 'The account is suspended.' },
  route_not_found: { slug: 'unrecognized-request-url', title: 'The requested URL is not recognized.' },
  method_not_allowed: { status: 405, slug: 'method-not-allowed', title: 'This method is not allowed here.' },
  invalid_json: { slug: 'invalid-payload', title: 'The payload is not valid JSON.' },
  body_too_large: { status: 413, slug: 'invalid-payload', title: 'The payload is too large.' },
  file_required: { slug: 'uploaded-file-no-file', title: 'There is no file in the request.' },
  file_too_large: { slug: 'uploaded-file-too-large', title: 'The uploaded file is too large.' },
  file_empty: { slug: 'uploaded-file-empty', title: 'The uploaded file is empty.' },
  multipart_invalid: { slug: 'invalid-payload', title: 'The multipart body is broken.' },
  several_files: { slug: 'uploaded-file-multiple-files', title: 'There is more than one file in the request.' },
  too_many_webhooks: { status: 400, slug: 'webhook-limit-reached', title: 'The limit of webhooks is reached.' },
  too_many_live_streams: { title: 'The limit of live streams is reached.' },
  unsupported_image: { slug: 'uploaded-file-extension-invalid', title: 'The uploaded file is no image of a kind that is taken.' },
  image_too_large: { slug: 'uploaded-file-invalid-file', title: 'The image is too large.' },
  source_received_upload: { slug: 'video-source-already-uploaded', title: 'The source of the video is already uploaded.', status: 400 },
  source_received_import: { slug: 'video-source-already-downloaded', title: 'The source of the video is already downloaded.', status: 400 },
  source_received_copy: { slug: 'video-source-already-copied', title: 'The source of the video is already copied.', status: 400 },
  import_running: { slug: 'video-source-already-downloaded', title: 'The source of the video is being downloaded.', status: 400 },
}

/** What a 404 is named after, by our noun. */
const NOUNS: Record<string, string> = {
  video_not_found: 'videoId',
  preset_not_found: 'playerId',
  live_stream_not_found: 'liveStreamId',
  webhook_not_found: 'webhookId',
  upload_token_not_found: 'uploadToken',
  track_not_found: 'language',
  session_not_found: 'sessionId',
}

/** Problem details (RFC 9457) as clients of this dialect read them: typed exactly `application/problem+json`, `problems` with every fault, the first repeated above. */
export function answerFault(fault: Fault, requestId: string): Response {
  const { reason: word = '', errors, inQuery, retryAfterSeconds, extra = {} } = fault.details
  const reason = word === 'source_received' ? `${word}_${extra.origin}` : word
  const slugInReason = /^video-content-range-/.test(reason) ? { slug: reason, title: fault.message } : {}
  const { status, slug, title } = { ...SPELLING[fault.code], ...REASONS[reason], ...slugInReason }
  const headers = new Headers({ 'Content-Type': 'application/problem+json' })
  if (retryAfterSeconds !== undefined) headers.set('Retry-After', String(retryAfterSeconds))
  if (status === 401) headers.set('WWW-Authenticate', 'Basic realm="avocet"')
  const typed = slug ? { type: DOCS + slug } : {}
  const name = NOUNS[reason]
  const problems = reason === 'out_of_range' ? [{ title: fault.message, name: extra.name, range: extra.range }] : problemsOf(errors ?? [], inQuery ? 'invalid-query-parameter' : 'invalid-attribute', inQuery ? 'parameter' : 'attribute')
  const first = problems[0] ?? { ...typed, title, ...(name ? { name } : {}) }
  const detail = problems.length === 0 && fault.message !== title ? { detail: fault.message } : {}
  return new Response(JSON.stringify({ ...first, status, ...detail, ...(problems.length > 0 ? { problems } : {}), requestId }), { status, headers })
}

function problemsOf(errors: readonly { path: string; message: string; absent?: boolean }[], slug: string, noun: string) {
  return errors.map(({ path, message, absent }) => ({
    type: DOCS + (absent && noun === 'attribute' ? 'attribute-required' : slug),
    title: absent ? `This ${noun} is required.` : `${noun === 'attribute' ? 'An attribute' : 'A parameter'} is invalid.`,
    ...(absent ? {} : { detail: message }),
    name: spellPath(path),
  }))
}

/** Members of ours that have another name here. */
const MEMBERS: Record<string, string> = { preset_id: 'playerId', visibility: 'public', downloadable: 'mp4Support' }

/** `restreams.0.server_url` is `restreams[0][serverUrl]` here; a member of ours in its spelling. */
function spellPath(path: string): string {
  const [first = '', ...rest] = path.split('.')
  const camel = (part: string) => MEMBERS[part] ?? part.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
  return [camel(first), ...rest.map((part) => `[${camel(part)}]`)].join('')
}
