/** The table of surfaces. One origin serves them all, told apart by path. */
import { Hono } from 'hono'
import { makeDeps } from './deps.ts'
import type { Env } from './env.ts'
import { type Surface, surfaceApp } from './http/surface.ts'
import { native } from './surfaces/native/index.ts'

export const surfaces: readonly Surface[] = [native]

const served = surfaces.map((surface) => ({ surface, app: surfaceApp<Env>(surface, makeDeps) }))

/** The whole site: the surface whose base the path starts with, else static assets. */
export const app = new Hono<{ Bindings: Env }>()
for (const { surface, app: sub } of served) {
  app.all(`${surface.base}/*`, (context) => sub.fetch(context.req.raw, context.env, context.executionCtx))
}
app.get('/healthz', (context) => context.text('ok'))
app.all('*', (context) => context.env.ASSETS.fetch(context.req.raw))
