/** Who attacks, how they present themselves, and what holds of every answer whoever asks. */
import { expect } from 'vitest'
import { surfaces } from '../../../worker/src/app.ts'
import { setRateLimits } from '../../../worker/src/domain/credentials/setRateLimits.ts'
import { MOST_CALLS_A_MINUTE } from '../../../worker/src/domain/limits/budgets.ts'
import { RATE_CLASSES, type RateClass } from '../../../worker/src/domain/platform.ts'
import type { Route } from '../../../worker/src/http/route.ts'
import type { Surface } from '../../../worker/src/http/surface.ts'
import { call, deps, type Tenant, tenant } from '../../support/site.ts'

export const OPERATOR_TOKEN = 'operator-token-for-tests-0123456789abcdef'

/** One route of one surface: every surface the Worker serves, whoever wrote it and when. */
export interface Target {
  name: string
  surface: Surface
  route: Route
  /** The whole path, in Hono's spelling. */
  path: string
}
export const targets: Target[] = surfaces.flatMap(({ surface }) =>
  surface.routes.map((route) => ({ name: `${route.method} ${surface.base}${route.path}`, surface, route, path: surface.base + route.path })),
)
export const named = (some: readonly Target[]) => some.map((target) => [target.name, target] as const)

/** Whether a route belongs to an account's credential. */
export const isAccounts = ({ route: { needs } }: Target) => !['public', 'agent', 'operator'].includes(needs)

/** A tenant who may call as often as one object can count. */
export async function busyTenant(): Promise<Tenant> {
  const made = await tenant()
  const found = await deps.apiKeys.findByHash(await deps.crypto.sha256Hex(made.key))
  const limits = Object.fromEntries(RATE_CLASSES.map((rate) => [rate, MOST_CALLS_A_MINUTE])) as Record<RateClass, number>
  await setRateLimits(deps, found!.key.id, limits)
  return made
}

/** How an API key may be sent; each surface takes at least one. */
export const PRESENTED: Record<string, (key: string) => Record<string, string>> = {
  header: (key) => ({ 'X-API-Key': key }),
  bearer: (key) => ({ Authorization: `Bearer ${key}` }),
  basic: (key) => ({ Authorization: `Basic ${btoa(`${key}:`)}` }),
}

export interface Answer {
  status: number
  text: string
  headers: Headers
}

/** Long enough for a slow machine, far less than a hang. */
const HANG_MS = 40_000
/** What must never stand in an answer to anybody but its owner; tests add to it. */
export const secretsOf = { owner: new Set<string>() }

/** Asks, and demands what holds of every answer: it comes, is no 5xx (but an honest 501) and holds nothing of the owner's. */
export async function ask(path: string, init: RequestInit = {}, isOwner = false): Promise<Answer> {
  let timer: ReturnType<typeof setTimeout> | null = null
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer: ${init.method ?? 'GET'} ${path}`)), HANG_MS)
  })
  const response = await Promise.race([call(path, init), late])
  const text = await Promise.race([response.text(), late])
  // workerd allows 10,000 at a time.
  clearTimeout(timer)
  const { status, headers } = response
  const asked = `${init.method ?? 'GET'} ${path} ${String(init.body ?? '').slice(0, 300)}`
  if (status >= 500 && status !== 501) expect.fail(`${asked}\nanswered ${status} ${text.slice(0, 300)}`)
  if (!isOwner) {
    // Under `/vod/` a public video is named by its id, and whoever may watch it is led to its player.
    const told = [...headers].filter(([name]) => !(name === 'location' && path.startsWith('/vod/')))
    const whole = text + JSON.stringify(told)
    // What the caller said itself may be said back.
    const own = `${path} ${init.body ?? ''} ${JSON.stringify(init.headers ?? {})}`
    for (const secret of secretsOf.owner) if (whole.includes(secret) && !own.includes(secret)) expect.fail(`${asked}\nanswered what is the owner's (${secret}): ${text.slice(0, 300)}`)
  }
  return { status, text, headers }
}

/** A parameter in Hono's spelling, with the pattern it may carry. */
export const PARAMETER = /:(\w+)(\{(?:[^{}]|\{[^}]*\})*\})?/g

/** A route's address with these values in the places of its parameters, in order. */
export function addressOf(path: string, values: readonly string[]): string {
  let at = 0
  return path.replace(PARAMETER, () => encodeURIComponent(values[at++] ?? '').replaceAll('%2F', '/'))
}

/** The parts of a path up to and including each of its parameters. */
export function prefixesOf(path: string): string[] {
  return [...path.matchAll(PARAMETER)].map((match) => path.slice(0, match.index + match[0].length))
}
