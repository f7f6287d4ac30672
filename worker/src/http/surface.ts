import { Fault, missing } from '@avocet/shared/fault'
import { isId } from '@avocet/shared/ids'
import { type Context, Hono } from 'hono'
import type { Actor, AgentActor } from '../domain/actor.ts'
import { demand } from '../domain/actor.ts'
import type { RateVerdict } from '../domain/platform.ts'
import type { Deps } from '../domain/ports.ts'
import { addressBudget, budgetOf } from '../domain/limits/budgets.ts'
import { decode, readJson } from './body.ts'
import { once } from './idempotency.ts'
import { requestIdOf } from './requestId.ts'
import type { Needs, Route } from './route.ts'

/** One API dialect: its routes and its spelling of credentials and refusals. */
export interface Surface {
  name: string
  /** Path prefix of all its routes on the shared origin, e.g. `/api/v1`; '' when routes carry whole paths. */
  base: string
  routes: readonly Route[]
  /** Proves the caller or throws `unauthenticated`. Not called for public routes. */
  authenticate(deps: Deps, request: Request, needs: Exclude<Needs, 'public'>, byUploadToken: boolean): Promise<Actor | AgentActor | null>
  /** Spells a refusal. */
  answerFault(fault: Fault, requestId: string): Response
  /** Who is counted by the platform's shield for a call without a rate class; null for nobody. */
  shielded?(request: Request): string | null
  /** Paths any origin's scripts may call and read. Only where no cookie is a credential. */
  crossOrigin?(path: string): boolean
  /** Request headers they may send there, beside the usual. */
  crossOriginHeaders?: readonly string[]
  /** Answer headers they may read, beside the usual. */
  exposedHeaders?: readonly string[]
  /** Headers of answers to uploads that nothing is counted of, where clients look for a limit on every answer. */
  uncounted?: Readonly<Record<string, string>>
  /** Headers of every answer. */
  headers?: Readonly<Record<string, string>>
  /** Headers of answers to OPTIONS, beside those. */
  optionsHeaders?: (deps: Deps) => Readonly<Record<string, string>>
}

type Make<E extends object> = (env: E, ctx: ExecutionContext, request: Request) => Deps

/** Builds the Hono app that serves a surface: authenticate, limit, decode, run, encode. */
export function surfaceApp<E extends object>(surface: Surface, makeDeps: Make<E>): Hono<{ Bindings: E }> {
  const app = new Hono<{ Bindings: E }>()
  for (const [path, routes] of routesByPath(surface)) {
    for (const route of routes) app.on(route.method, path, (context) => answer(surface, route, context, makeDeps))
    const methods = routes.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
    app.all(path, (context) => {
      if (context.req.method === 'OPTIONS' && surface.crossOrigin?.(context.req.path)) return preflight(surface, methods, surface.optionsHeaders?.(makeDeps(context.env, context.executionCtx as ExecutionContext, context.req.raw)))
      const fault = new Fault('bad_request', `${context.req.method} is not allowed here.`, { reason: 'method_not_allowed' })
      const response = finish(surface, null, surface.answerFault(fault, requestIdOf(context.req.raw)), context.req.raw)
      const headers = new Headers(response.headers)
      headers.set('Allow', methods.join(', '))
      return new Response(response.body, { status: 405, headers })
    })
  }
  app.notFound((context) => {
    const fault = new Fault('not_found', 'There is nothing at this address.', { reason: 'route_not_found' })
    return finish(surface, null, surface.answerFault(fault, requestIdOf(context.req.raw)), context.req.raw)
  })
  return app
}

/** Answers a CORS preflight (Fetch standard, "CORS-preflight fetch"). */
function preflight(surface: Surface, methods: readonly string[], more: Readonly<Record<string, string>> = {}): Response {
  return new Response(null, {
    status: 204,
    headers: {
      'Access-Control-Allow-Origin': '*',
      'Access-Control-Allow-Methods': methods.join(', '),
      'Access-Control-Allow-Headers': ['Content-Type, Range, X-Request-Id', ...(surface.crossOriginHeaders ?? [])].join(', '),
      'Access-Control-Max-Age': '86400',
      'Access-Control-Expose-Headers': exposed(surface),
      ...surface.headers,
      ...more,
    },
  })
}

async function answer<E extends object>(surface: Surface, route: Route, context: Context<{ Bindings: E }>, makeDeps: Make<E>): Promise<Response> {
  const request = context.req.raw
  const requestId = requestIdOf(request)
  let verdict: RateVerdict | null = null
  let audited: (status: number) => void = () => {}
  try {
    const deps = makeDeps(context.env, context.executionCtx as ExecutionContext, request)
    const actor = route.needs === 'public' ? null : await surface.authenticate(deps, request, route.needs, route.byUploadToken ?? false)
    if (actor && 'scopes' in actor) audited = (status) => audit(deps, actor, request, requestId, status)
    if (actor && 'scopes' in actor && actor.kind !== 'uploadToken' && route.needs.includes(':')) demand(actor, route.needs as Parameters<typeof demand>[1])
    const counted = count(deps, surface, route, actor, request)
    // A read may run beside its count; a change waits for it (DESIGN section 10).
    if (counted && route.method !== 'GET') verdict = admit(await counted)
    const running = run(route, context, deps, actor, requestId)
    if (counted && route.method === 'GET') {
      running.catch(() => {})
      verdict = admit(await counted)
    }
    const answered = encode(route, await running)
    audited(answered.status)
    return finish(surface, route, answered, request, requestId, verdict)
  } catch (error) {
    const fault = toFault(error, requestId)
    if (fault.details.extra?.rate) verdict = fault.details.extra.rate as RateVerdict
    const refused = surface.answerFault(fault, requestId)
    audited(refused.status)
    return finish(surface, route, refused, request, requestId, verdict)
  }
}

/** What a key was used for is told after the answer, by telemetry: never a write of the request's own. */
function audit(deps: Deps, { subjectId }: Actor, request: Request, requestId: string, status: number): void {
  if (!isId('apiKey', subjectId)) return
  const path = new URL(request.url).pathname.slice(0, 300)
  deps.defer(deps.telemetry.send({ type: 'request', request: { requestId, keyId: subjectId, at: deps.now(), method: request.method, path, status, ip: clientIpOf(request), nonce: deps.crypto.randomHex(4) } }))
}

/** The count this call is admitted by; null where nothing is counted. It does not reject. */
function count(deps: Deps, surface: Surface, route: Route, actor: Actor | AgentActor | null, request: Request): Promise<RateVerdict | null> | null {
  if (route.rate === 'credentials') return deps.limiter.take(addressBudget(clientIpOf(request)))
  if (route.rate !== 'none') return actor && 'subjectId' in actor ? deps.limiter.take(budgetOf(actor, route.rate)) : null
  const who = surface.shielded?.(request)
  return who ? deps.limiter.mayPlay(who).then((may) => (may ? null : SHIELDED)) : null
}

/** A flood: how much is allowed, and when again, the platform's shield does not say. */
const SHIELDED: RateVerdict = { allowed: false, limit: 0, remaining: 0, resetSeconds: 10 }

function admit(verdict: RateVerdict | null): RateVerdict | null {
  if (!verdict || verdict.allowed) return verdict
  const counted = verdict !== SHIELDED
  throw new Fault('rate_limited', counted ? `Too many requests: at most ${verdict.limit} a minute.` : 'Too many requests from here. Wait a moment.', {
    retryAfterSeconds: Math.max(1, verdict.resetSeconds),
    ...(counted ? { extra: { rate: verdict } } : {}),
  })
}

/** The caller's address as the platform vouches for it. */
const clientIpOf = (request: Request) => request.headers.get('CF-Connecting-IP') ?? ''

async function run<E extends object>(route: Route, context: Context<{ Bindings: E }>, deps: Deps, actor: unknown, requestId: string): Promise<unknown> {
  const { input } = route
  const request = context.req.raw
  const params = input?.params ? decodeParams(route, context.req.param()) : undefined
  const query = input?.query ? decode(input.query, queryOf(request), true) : undefined
  const body = input?.body ? decode(input.body, await readJson(request, input.maxBodyBytes, input.bodyOptional)) : undefined
  const clientIp = clientIpOf(request)
  const perform = () => route.run({ deps, actor, params, query, body, request, requestId, clientIp, country: deps.config.countriesKnown ? countryOf(request) : null } as Parameters<Route['run']>[0])
  const key = route.method === 'POST' ? request.headers.get('Idempotency-Key') : null
  const accountId = actor && typeof actor === 'object' && 'accountId' in actor ? (actor as Actor).accountId : null
  if (key === null || accountId === null) return perform()
  const { pathname } = new URL(request.url)
  // Of a body that is streamed only the length is known before it is read.
  const named = Object.keys(input?.headers?.shape ?? {}).map((name) => request.headers.get(name))
  const asked = [pathname, query ?? null, body ?? request.headers.get('Content-Length'), request.headers.get('Content-Digest'), ...named]
  // Many may hold one upload token: none of them is answered what an API key asked for.
  const { kind, subjectId } = actor as Actor
  return once(deps, accountId, kind === 'uploadToken' ? `${subjectId}/${key}` : key, asked, route.output.status, perform)
}

/** Cloudflare's word for it; `XX` and `T1` (Tor) are no countries. */
function countryOf(request: Request): string | null {
  const { country } = (request as { cf?: { country?: unknown } }).cf ?? {}
  return typeof country === 'string' && /^[A-Z]{2}$/.test(country) && country !== 'XX' ? country : null
}

/** A malformed id is spelled like an unknown one: 404, of its noun where the schema names one. */
function decodeParams(route: Route, params: Record<string, string>): unknown {
  const result = route.input!.params!.safeParse(params)
  const noun = result.error?.issues.map((issue) => (issue.code === 'custom' ? issue.params?.noun : undefined)).find((one) => typeof one === 'string')
  if (noun) missing(noun)
  if (!result.success) throw new Fault('not_found', 'There is nothing at this address.', { reason: 'not_found' })
  return result.data
}

/** Query members by name; `api_key` is a credential, not input. A repeated name keeps its first value. */
function queryOf(request: Request): Record<string, string> {
  const query: Record<string, string> = Object.create(null)
  for (const [name, value] of new URL(request.url).searchParams) if (name !== 'api_key' && !(name in query)) query[name] = value
  return { ...query }
}

function encode(route: Route, result: unknown): Response {
  if (result instanceof Response) return result
  if (route.output.status === 204 || !route.output.body) return new Response(null, { status: route.output.status })
  return Response.json(result, { status: route.output.status })
}

/** Anything not a Fault is logged with the request id and answers a fixed sentence. */
function toFault(error: unknown, requestId: string): Fault {
  if (error instanceof Fault) return error
  console.error(JSON.stringify({ level: 'error', request_id: requestId, message: String(error), stack: error instanceof Error ? error.stack : undefined }))
  return new Fault('internal', 'Something went wrong on our side. The request id helps us find it.')
}

function finish(surface: Surface, route: Route | null, response: Response, request: Request, requestId = requestIdOf(request), verdict: RateVerdict | null = null): Response {
  const answered = new Response(response.body, response)
  const set = (name: string, value: string) => answered.headers.has(name) || answered.headers.set(name, value)
  answered.headers.set('X-Request-Id', requestId)
  for (const [name, value] of Object.entries(surface.headers ?? {})) set(name, value)
  if (route?.rate === 'none' && route.input?.streams) for (const [name, value] of Object.entries(surface.uncounted ?? {})) set(name, value)
  set('Cache-Control', 'no-store')
  set('X-Content-Type-Options', 'nosniff')
  set('Referrer-Policy', 'no-referrer')
  if (verdict && route) {
    // draft-ietf-httpapi-ratelimit-headers-10, and what clients knew before it.
    answered.headers.set('RateLimit-Policy', `"${route.rate}";q=${verdict.limit};w=60`)
    answered.headers.set('RateLimit', `"${route.rate}";r=${verdict.remaining};t=${verdict.resetSeconds}`)
    answered.headers.set('X-RateLimit-Limit', String(verdict.limit))
    answered.headers.set('X-RateLimit-Remaining', String(verdict.remaining))
    answered.headers.set('X-RateLimit-Reset', String(verdict.resetSeconds))
    answered.headers.set('X-RateLimit-Retry-After', String(verdict.resetSeconds))
  }
  if (surface.crossOrigin?.(new URL(request.url).pathname)) {
    answered.headers.set('Access-Control-Allow-Origin', '*')
    answered.headers.set('Access-Control-Expose-Headers', exposed(surface))
  }
  return answered
}

const exposed = ({ exposedHeaders = [] }: Surface) => ['X-Request-Id, Retry-After, ETag, Content-Range, Idempotency-Replayed', ...exposedHeaders].join(', ')

/** Literal paths first, so that one of them is never taken for the parameter of another (`/upload/init`, `/upload/:id`). */
function routesByPath(surface: Surface): [string, Route[]][] {
  const byPath = Map.groupBy(surface.routes, ({ path }) => surface.base + path)
  return [...byPath].sort(([a], [b]) => Number(a.includes(':')) - Number(b.includes(':')))
}
