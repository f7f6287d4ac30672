/** Ports to the platform: objects, cryptography, tokens, waiting agents, limits, telemetry. The stores' ports are in ports.ts. */
import type { AccountId, Id } from '@avocet/shared/ids'
import type { Write } from './ports.ts'
import type { SigningKey } from './signingKeys/signingKey.ts'

export interface StoredObject {
  body: ReadableStream<Uint8Array>
  sizeBytes: number
  /** Quoted, as in the ETag header. */
  etag: string
}
export interface ByteRange {
  offset: number
  length: number
}

export interface ObjectStore {
  head(key: string): Promise<{ sizeBytes: number; etag: string } | null>
  get(key: string, range?: ByteRange): Promise<StoredObject | null>
  /** `body` of exactly `sizeBytes`; fails with bad_request `body_too_long` or `body_too_short` otherwise. */
  put(key: string, body: ReadableStream<Uint8Array> | Uint8Array, sizeBytes: number, contentType: string): Promise<void>
  delete(keys: string[]): Promise<void>
  /** Up to 1,000 keys under a prefix, in order, those behind `after`. */
  list(prefix: string, after?: string): Promise<string[]>
  /** The same, with the objects' sizes. */
  sizes(prefix: string, after?: string): Promise<{ key: string; sizeBytes: number }[]>
  createMultipart(key: string, contentType: string): Promise<string>
  /** Streams one part of exactly `sizeBytes`; memory stays flat. Fails like `put`, and with gone `upload_expired` when the multipart is no more. */
  putPart(key: string, multipartId: string, chunkIndex: number, body: ReadableStream<Uint8Array>, sizeBytes: number): Promise<{ etag: string }>
  /** Joins the parts in order. Fails with gone `upload_expired`, conflict `parts_lost` when the store holds other parts, or unavailable. */
  completeMultipart(key: string, multipartId: string, parts: { chunkIndex: number; etag: string }[]): Promise<void>
  /** Idempotent: an unknown multipart is already gone. */
  abortMultipart(key: string, multipartId: string): Promise<void>
}

export interface DigestedStream {
  /** Read this one; hashing follows along. */
  body: ReadableStream<Uint8Array>
  /** SHA-256 hex of all that was read; settles when the body ends. */
  sha256: Promise<string>
  /** All bytes of the source, if it has ended or does so within a second; null while it goes on. */
  length(): Promise<number | null>
  /** Stops reading the source. */
  cancel(): void
}

/** One stream cut into several, one after the other. */
export interface StreamParts {
  /** The next bytes as a stream, ended after `length` or where the source ends. It must be read to its end before the next is asked for. */
  next(length: number): ReadableStream<Uint8Array>
  /** Reads so many bytes and drops them. */
  skip(length: number): Promise<void>
  /** Whether nothing is left. */
  ended(): Promise<boolean>
  cancel(): void
}

export interface Crypto {
  randomBytes(length: number): Uint8Array
  randomHex(bytes: number): string
  sha256Hex(text: string): Promise<string>
  digestStream(body: ReadableStream<Uint8Array>): DigestedStream
  /** Holds one piece of the source in memory at most. */
  split(body: ReadableStream<Uint8Array>): StreamParts
  /** Passes a body through; `base64` settles with its digest when it has ended. */
  digestThrough(body: ReadableStream<Uint8Array>, algorithm: 'SHA-1' | 'SHA-256'): { body: ReadableStream<Uint8Array>; base64: Promise<string> }
  /** HKDF-SHA-256 (RFC 5869). */
  hkdf(secretHex: string, info: string, bytes: number): Promise<Uint8Array>
  /** HMAC-SHA-256 under a base64 secret, as base64. */
  hmacSha256Base64(secretBase64: string, text: string): Promise<string>
  /** True when equal; takes the same time wherever they differ. */
  equal(a: string, b: string): boolean
}

export interface PasswordHasher {
  /** PHC string. */
  hash(password: string): Promise<string>
  /** Against a null hash the same work is done and the answer is false, so unknown users are not told by time. */
  verify(password: string, phc: string | null): Promise<boolean>
}

/** A token class has its own audience and derived key: a token of one is never valid as another. */
export type TokenClass = 'session' | 'device' | 'playback' | 'ticket' | 'access' | 'refresh' | 'invitation' | 'pass'
export interface TokenSigner {
  sign(cls: TokenClass, claims: Record<string, unknown>, lifetimeSeconds: number): Promise<string>
  /** The claims, or null when the token is malformed, forged, of another class, or expired by more than `leewaySeconds` (0 unless told). */
  verify(cls: TokenClass, token: string, leewaySeconds?: number): Promise<Record<string, unknown> | null>
}

export type SignatureVerdict = { state: 'good'; claims: Record<string, unknown> } | { state: 'expired' } | { state: 'early' } | { state: 'invalid'; why: string }
/** Embed tokens that customers sign (JWT, RFC 7519; best practice RFC 8725). */
export interface EmbedSignatures {
  /** The `kid` a token names, or null when it is no token of this kind. Proves nothing. */
  keyIdOf(token: string): string | null
  /** Verifies under exactly this key and its algorithm, with audience, type and age as shared/src/embed.ts says. */
  verify(token: string, key: SigningKey): Promise<SignatureVerdict>
  /** An Ed25519 pair: the public half as JWK text, the private as PKCS #8 PEM. */
  generatePair(): Promise<{ publicKey: string; privateKey: string }>
  /** JWK text of an Ed25519 public key given as SPKI PEM or JWK; null for anything else. */
  importPublicKey(text: string): Promise<string | null>
}

/** Addresses of the internet. */
export interface Addresses {
  /** A prefix in its one spelling (`203.0.113.0/24`; one address is a prefix too), or null when the text is none. */
  parsePrefix(text: string): string | null
  isWithin(address: string, prefixes: readonly string[]): boolean
}

/** Exact counts of who is viewing. Unreachable, they admit: an outage of theirs must not stop playback. */
export interface Viewers {
  /**
   * Whether a session has, or can have, one of `limit` seats of a scope. `take` takes it, or keeps it; a seat is free again 90 s after
   * it was last kept.
   */
  seat(scope: string, sessionId: string, limit: number, take: boolean): Promise<boolean>
  /** Whether a session is, or can be, one of the first `limit` viewings of a token. `take` counts it; forgotten at `until`. */
  view(tokenId: string, sessionId: string, limit: number, take: boolean, until: number | null): Promise<boolean>
}

export interface CaptionParser {
  /** WebVTT or SRT text to clean WebVTT: cues only, markup stripped to what WebVTT allows. Fails with unprocessable `invalid_subtitle`. */
  toCleanVtt(text: string): Promise<{ vtt: string; cues: number }>
}

/** Wakes agents that wait for work. Losing it loses nothing: they ask again. */
export interface Dispatcher {
  /** Resolves when work may exist, or after `ms`. */
  wait(ms: number): Promise<void>
  /** Tells waiting agents to look. Does not fail. */
  wake(): Promise<void>
}

export const RATE_CLASSES = ['read', 'write', 'upload', 'stats'] as const
export type RateClass = (typeof RATE_CLASSES)[number]
export interface RateVerdict {
  allowed: boolean
  limit: number
  remaining: number
  /** Seconds until there is room for one call more. */
  resetSeconds: number
}
/** So many calls in any stretch of so many seconds. Budgets of one owner are counted in one place, each under its name. */
export interface Budget {
  owner: string
  name: string
  limit: number
  windowSeconds: number
}
export interface RateLimiter {
  /** Counts one call; exact over any window. Null when it cannot be asked: a limiter that is down must not stop the API, only floods. */
  take(budget: Budget): Promise<RateVerdict | null>
  /** Whether an address or session may go on playing: permissive, per location, a shield against floods only. */
  mayPlay(who: string): Promise<boolean>
}

/** Secrets that must be read again, kept unreadable to whoever has the database alone. */
export interface Sealer {
  seal(text: string): Promise<string>
  open(sealed: string): Promise<string>
}

/** One for each webhook, draining it apart from all others. May be woken late, again, or not at all: the Janitor does it too. */
export interface Couriers {
  wake(ids: readonly Id<'webhook'>[]): Promise<void>
}

export interface OutboundAnswer {
  /** Null when none came; `error` says why. */
  status: number | null
  error: string | null
  /** First characters, printable. */
  body: string
  retryAfter: string | null
}
/** What a server answered a GET, its body unread; or that none was reached. `refused`: its name does not lead to a public address. */
export type OutboundSource =
  | { status: number; header(name: string): string | null; body: ReadableStream<Uint8Array> | null }
  | { status: null; refused: boolean; error: string }
/** Requests to addresses customers gave. */
export interface Outbound {
  /** Whether a host name leads to public addresses and no others. */
  resolvesPublicly(host: string): Promise<boolean>
  /** Does not follow redirects, does not fail: what went wrong is in the answer. */
  post(url: string, headers: Record<string, string>, body: string, timeoutMs: number): Promise<OutboundAnswer>
  /** Does not follow redirects, does not fail. A body on which nothing moves for half a minute fails when it is read. */
  get(url: string, headers: Record<string, string>): Promise<OutboundSource>
}

export interface IdempotencyClaim {
  accountId: AccountId
  key: string
  fingerprint: string
  now: number
  /** First calls begun before, and not ended, are dead. */
  abandonedBefore: number
  expiredBefore: number
}
/** Calls with an Idempotency-Key: written at once, apart from what the call commits. */
export interface IdempotencyStore {
  /** Null: this call is the first and may run. Else what is known of the first; its answer is null while it runs. */
  begin(claim: IdempotencyClaim): Promise<{ fingerprint: string; sealedAnswer: string | null } | null>
  finish(accountId: AccountId, key: string, fingerprint: string, sealedAnswer: string): Promise<void>
  forget(accountId: AccountId, key: string, fingerprint: string): Promise<void>
  forgetOld(before: number, limit: number): Promise<void>
}

/** Tokens that are good for one use: their uses are remembered until they expire. */
export interface UsedTokenStore {
  /** The commit fails with `conflict` when the token was used before. */
  use(id: string, expiresAt: number): Write
  forgetOld(before: number, limit: number): Promise<void>
}
