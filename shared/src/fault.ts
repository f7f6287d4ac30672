/** Every way an operation can refuse. Closed: each surface maps all of them in a compiler-checked `Record`. */
export const FAULT_CODES = [
  'bad_request',
  'unauthenticated',
  'forbidden',
  'not_found',
  'conflict',
  'gone',
  'too_large',
  'unsupported_media',
  'unprocessable',
  'bad_range',
  'rate_limited',
  'quota_exceeded',
  'not_ready',
  'not_implemented',
  'unavailable',
  'internal',
] as const
export type FaultCode = (typeof FAULT_CODES)[number]

export interface FaultDetails {
  /** Finer machine word under the code, e.g. `chunk_size_mismatch`; the native surface answers it as `code`. */
  reason?: string
  /** Which inputs were wrong; `path` is dotted, `''` for the whole body; `absent`: it was not sent at all. */
  errors?: readonly { path: string; message: string; absent?: boolean }[]
  /** Those inputs were query parameters. */
  inQuery?: boolean
  /** Seconds after which the same call may succeed; sent as `Retry-After`. */
  retryAfterSeconds?: number
  /** Members a client can act on (`expected`, `missing`, `max_size`, ...). Never secrets. */
  extra?: Readonly<Record<string, unknown>>
}

/** The only error we throw. `message` is for the caller: plain words, no secrets, no internals. */
export class Fault extends Error {
  readonly code: FaultCode
  readonly details: FaultDetails

  constructor(code: FaultCode, message: string, details: FaultDetails = {}) {
    super(message)
    this.name = 'Fault'
    this.code = code
    this.details = details
  }
}

/** Throws the 404 of a noun. Also used where a row belongs to another tenant: for the caller it does not exist. */
export function missing(noun: string, reason = `${noun.replaceAll(' ', '_')}_not_found`): never {
  throw new Fault('not_found', `There is no such ${noun}.`, { reason })
}
