import { Fault } from '@avocet/shared/fault'
import type { z } from 'zod'
import type { Actor, AgentActor, Scope } from '../domain/actor.ts'
import type { RateClass } from '../domain/platform.ts'
import type { Deps } from '../domain/ports.ts'

/** Who may call a route: a scope of an account's credential, any such credential, a transcoder host, the site's operator, or anyone. */
export type Needs = Scope | 'signedIn' | 'agent' | 'operator' | 'public'
export type ActorFor<N extends Needs> = N extends Scope | 'signedIn' ? Actor : N extends 'agent' ? AgentActor : null

type Schema = z.ZodType | undefined
type Decoded<S extends Schema> = S extends z.ZodType ? z.infer<S> : undefined

/** One decoded request, as a route's `run` sees it. */
export interface Call<P extends Schema, Q extends Schema, B extends Schema, N extends Needs> {
  deps: Deps
  actor: ActorFor<N>
  params: Decoded<P>
  query: Decoded<Q>
  body: Decoded<B>
  /** The raw request, for routes that stream or read headers. Its body is unread only when the route has no `body` schema. */
  request: Request
  requestId: string
  /** Caller's address as the platform vouches for it. */
  clientIp: string
  /** Caller's country, ISO 3166-1 letters, as the platform vouches for it; null where it does not tell. */
  country: string | null
}

export interface RouteSpec<P extends Schema, Q extends Schema, B extends Schema, N extends Needs> {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Relative to the surface's base, Hono spelling: `/videos/:id`. */
  path: string
  summary: string
  tag: string
  needs: N
  /** An upload token does in the place of that scope, for the uploads it began. */
  byUploadToken?: true
  /** What a call is counted as; `credentials` counts attempts from one address. */
  rate: RateClass | 'credentials' | 'none'
  input?: {
    params?: P
    query?: Q
    /** JSON whatever the Content-Type says (contract: bare `curl -d`). At most 64 KiB unless `maxBodyBytes`. */
    body?: B
    maxBodyBytes?: number
    /** No body at all counts as an empty object. */
    bodyOptional?: boolean
    /** Media types of a body the route reads itself. */
    streams?: readonly string[]
    /** Request headers a caller must or may send, for the documentation. */
    headers?: z.ZodObject
  }
  output: {
    status: 200 | 201 | 202 | 204
    /** JSON body; absent for an empty one or a `type` of its own. */
    body?: z.ZodType
    type?: string
  }
  /** A plain value is sent as JSON with `output.status`; a Response is sent as it is. */
  run(call: Call<P, Q, B, N>): Promise<unknown>
}

/** A route with its types erased: what the surface, the OpenAPI file and the route-table tests loop over. */
export type Route = RouteSpec<z.ZodType | undefined, z.ZodType | undefined, z.ZodType | undefined, Needs>

/** Declares an endpoint as a value: everything about it in one place. */
export function route<P extends Schema = undefined, Q extends Schema = undefined, B extends Schema = undefined, N extends Needs = Needs>(
  spec: RouteSpec<P, Q, B, N>,
): Route {
  return spec as unknown as Route
}

/** An endpoint of a dialect that is not built yet: 501 in its form, and a line in docs/compat. */
export const planned = (method: Route['method'], path: string, summary: string): Route =>
  route({
    method,
    path,
    summary,
    tag: PLANNED,
    needs: 'signedIn',
    rate: method === 'GET' ? 'read' : 'write',
    output: { status: 204 },
    run: async () => {
      throw new Fault('not_implemented', 'This endpoint is known and not offered yet.', { reason: 'planned' })
    },
  })
/** Marks them among the routes. */
export const PLANNED = 'Planned'
