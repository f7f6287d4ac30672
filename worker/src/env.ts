/** Bindings and variables of wrangler.toml, and the checked configuration made of them. */
import { LEASE_MS } from '@avocet/shared/job'
import { z } from 'zod'
import type { Config } from './domain/ports.ts'
import type { TelemetryItem } from './domain/usage.ts'
import type { Audience } from './objects/Audience.ts'
import type { AuditLog } from './objects/AuditLog.ts'
import type { Courier } from './objects/Courier.ts'
import type { Dispatcher } from './objects/Dispatcher.ts'
import type { Importer } from './objects/Importer.ts'
import type { Janitor } from './objects/Janitor.ts'
import type { RateLimiter } from './objects/RateLimiter.ts'
import type { Viewers } from './objects/Viewers.ts'

export interface Env {
  DB: D1Database
  MEDIA: R2Bucket
  RATE_LIMITER: DurableObjectNamespace<RateLimiter>
  PLAYBACK_LIMIT: RateLimit
  AUDIENCE: DurableObjectNamespace<Audience>
  AUDIT_LOG: DurableObjectNamespace<AuditLog>
  DISPATCHER: DurableObjectNamespace<Dispatcher>
  JANITOR: DurableObjectNamespace<Janitor>
  TELEMETRY: Queue<TelemetryItem[]>
  IMPORTER: DurableObjectNamespace<Importer>
  COURIER: DurableObjectNamespace<Courier>
  VIEWERS: DurableObjectNamespace<Viewers>
  ASSETS: Fetcher
  /** Secret all signing keys are derived from: at least 32 characters. */
  AVOCET_SECRET: string
  /** The secret before, still accepted for verifying, while tokens signed with it live. */
  AVOCET_SECRET_PREVIOUS?: string
  /** One-time code that claims the site's first admin. */
  SETUP_CODE?: string
  /** Bearer token of the operator's own tools (first boot, enrolment codes). */
  OPERATOR_TOKEN?: string
  PUBLIC_URL?: string
  MEDIA_BASE_URL?: string
  MAX_UPLOAD_BYTES?: string
  DIRECT_UPLOAD_MAX_BYTES?: string
  ACCOUNT_QUOTA_BYTES?: string
  /** Life of playback tokens. */
  PLAYBACK_TOKEN_SECONDS?: string
  /** A video's numbers are written to D1 at most so often. */
  USAGE_FLUSH_SECONDS?: string
  /** `cloudflare`: requests carry the viewer's country, and it can be believed. */
  GEO?: string
  /** `workers-cache`: segments are asked for through the cached `Media` entrypoint. There is no such cache on one machine. */
  EDGE_CACHE?: string
  /** `anywhere` lets webhooks reach private networks; for one machine, set by its operator. */
  OUTBOUND?: string
  /** `doh` looks names up before each request; off where the server does it itself. */
  OUTBOUND_RESOLVER?: string
  /** How long a transcoder host may be silent before its jobs go to another; 45. */
  JOB_LEASE_SECONDS?: string
}

const GIB = 1024 ** 3
const bytes = (fallback: number) => z.coerce.number().int().positive().default(fallback)
const url = z.url().transform((text) => text.replace(/(?<!\/)\/+$/, ''))

const Variables = z.object({
  AVOCET_SECRET: z.string().min(32, 'AVOCET_SECRET must have at least 32 characters.'),
  SETUP_CODE: z.string().min(8).optional(),
  OPERATOR_TOKEN: z.string().min(32).optional(),
  PUBLIC_URL: url.optional(),
  MEDIA_BASE_URL: url.optional(),
  MAX_UPLOAD_BYTES: bytes(200 * GIB),
  DIRECT_UPLOAD_MAX_BYTES: bytes(95 * 1024 ** 2),
  ACCOUNT_QUOTA_BYTES: bytes(1024 * GIB),
  PLAYBACK_TOKEN_SECONDS: z.coerce.number().int().min(5).max(24 * 3600).default(4 * 3600),
  USAGE_FLUSH_SECONDS: z.coerce.number().int().min(1).max(24 * 3600).default(60),
  GEO: z.enum(['cloudflare', 'none']).default('none'),
  OUTBOUND: z.enum(['public', 'anywhere']).default('public'),
  JOB_LEASE_SECONDS: z.coerce.number().min(1).max(600).default(LEASE_MS / 1000),
})

let checked: { env: Env; config: Omit<Config, 'publicUrl'> & { publicUrl: string | null } } | null = null

/** Checks the variables once per isolate. The public address falls back to the request's own origin. */
export function readConfig(env: Env, request: Request | null): Config {
  if (checked?.env !== env) {
    const result = Variables.safeParse(env)
    if (!result.success) throw new Error(`Configuration: ${result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')}`)
    const variables = result.data
    checked = {
      env,
      config: {
        publicUrl: variables.PUBLIC_URL ?? null,
        mediaBaseUrl: variables.MEDIA_BASE_URL ?? '',
        setupCode: variables.SETUP_CODE ?? null,
        operatorToken: variables.OPERATOR_TOKEN ?? null,
        maxUploadBytes: variables.MAX_UPLOAD_BYTES,
        directUploadMaxBytes: variables.DIRECT_UPLOAD_MAX_BYTES,
        accountQuotaBytes: variables.ACCOUNT_QUOTA_BYTES,
        playbackTokenSeconds: variables.PLAYBACK_TOKEN_SECONDS,
        usageFlushSeconds: variables.USAGE_FLUSH_SECONDS,
        countriesKnown: variables.GEO === 'cloudflare',
        outboundAnywhere: variables.OUTBOUND === 'anywhere',
        leaseMs: Math.round(variables.JOB_LEASE_SECONDS * 1000),
      },
    }
  }
  return { ...checked.config, publicUrl: checked.config.publicUrl ?? (request ? new URL(request.url).origin : '') }
}
