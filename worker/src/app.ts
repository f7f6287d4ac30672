/** The table of surfaces. One origin serves them all, told apart by path. */
import { Hono } from 'hono'
import { makeDeps } from './deps.ts'
import type { Env } from './env.ts'
import { requestIdOf } from './http/requestId.ts'
import { type Surface, surfaceApp } from './http/surface.ts'
import { accounts } from './surfaces/accounts/index.ts'
import { agent } from './surfaces/agent/index.ts'
import { apivideo, exactPaths as apivideoExactPaths, paths as apivideoPaths } from './surfaces/apivideo/index.ts'
import { native } from './surfaces/native/index.ts'
import { play } from './surfaces/play/index.ts'
import { tus } from './surfaces/tus/index.ts'

/** Each surface with the path prefixes it owns, and single paths among another's prefixes. test/routes.test.ts checks that no two of them claim one path. */
export const surfaces: readonly { surface: Surface; paths: readonly string[]; exactPaths?: readonly string[] }[] = [
  { surface: native, paths: ['/api/v1'] },
  { surface: accounts, paths: ['/api/auth'] },
  { surface: agent, paths: ['/agent/v1'] },
  { surface: apivideo, paths: apivideoPaths, exactPaths: apivideoExactPaths },
  { surface: tus, paths: ['/tus'] },
  { surface: play, paths: ['/watch', '/oembed', '/api/stream', '/p', '/m'] },
]

/** The whole site: the surface that owns the path, else static assets. */
export const app = new Hono<{ Bindings: Env }>()
app.use(async (context, next) => {
  await next()
  // Surfaces name their answers themselves; this names the rest.
  if (!context.res.headers.has('X-Request-Id')) context.header('X-Request-Id', requestIdOf(context.req.raw))
})
// The document is a static file, made from the routes at build time.
app.get('/api/v1/openapi.json', (context) => context.env.ASSETS.fetch(new URL('/reference/openapi.json', context.req.url)))
app.get('/api/v1/reference', (context) => context.redirect('/reference/'))
const mounted = surfaces.map(({ surface, paths, exactPaths = [] }) => ({ sub: surfaceApp<Env>(surface, makeDeps), paths, exactPaths }))
for (const { sub, exactPaths } of mounted) for (const path of exactPaths) app.all(path, (context) => sub.fetch(context.req.raw, context.env, context.executionCtx))
for (const { sub, paths } of mounted) for (const path of paths) app.all(`${path}/*`, (context) => sub.fetch(context.req.raw, context.env, context.executionCtx))
app.get('/healthz', (context) => context.text('ok'))
app.get('/', (context) => context.redirect('/reference/'))
app.all('*', (context) => context.env.ASSETS.fetch(context.req.raw))
