import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { compatText } from '../worker/scripts/compat.ts'
import { openApiText } from '../worker/scripts/openapi.ts'
import type { Surface } from '../worker/src/http/surface.ts'
import { accounts } from '../worker/src/surfaces/accounts/index.ts'
import { agent } from '../worker/src/surfaces/agent/index.ts'
import { differences } from '../worker/src/surfaces/apivideo/differences.ts'
import { apivideo } from '../worker/src/surfaces/apivideo/index.ts'
import { native } from '../worker/src/surfaces/native/index.ts'
import { play } from '../worker/src/surfaces/play/index.ts'
import { tus } from '../worker/src/surfaces/tus/index.ts'

const routesOf = (...surfaces: Surface[]) => surfaces.flatMap((surface) => surface.routes.map((route) => ({ ...route, surface: surface.name, path: surface.base + route.path })))
/** What docs/openapi.json describes; dialects are described by those who made them. */
const documented = routesOf(native, accounts, agent, play, tus)
const routes = [...documented, ...routesOf(apivideo)]

test('A47: docs/openapi.json is what the routes say (node worker/scripts/openapi.ts writes it)', () => {
  expect(readFileSync('docs/openapi.json', 'utf8') === openApiText()).toBe(true)
})

test('docs/compat/apivideo.md is what the routes say (node worker/scripts/compat.ts writes it)', () => {
  expect(readFileSync('docs/compat/apivideo.md', 'utf8') === compatText(apivideo, differences)).toBe(true)
})

test('the document names every operation once and no two paths alike', () => {
  const { paths } = JSON.parse(openApiText()) as { paths: Record<string, Record<string, { operationId: string }>> }
  const names = Object.values(paths).flatMap((item) => Object.values(item).map(({ operationId }) => operationId))
  expect(names.filter((name, at) => names.indexOf(name) !== at || !/^[a-zA-Z0-9]+$/.test(name))).toEqual([])
  const shapes = Object.keys(paths).map((path) => path.replace(/\{\w+\}/g, '{}'))
  expect(shapes.filter((shape, at) => shapes.indexOf(shape) !== at)).toEqual([])
  expect(names).toHaveLength(documented.length)
})

test('no two routes claim one method and path', () => {
  const shapes = routes.map(({ method, path }) => `${method} ${path.replace(/:\w+(\{.*?\})?(?=\/|$)/g, (_, pattern) => pattern ?? ':')}`)
  expect(shapes.filter((shape, at) => shapes.indexOf(shape) !== at)).toEqual([])
})

test('every route says what it does and under which heading', () => {
  expect(routes.filter(({ summary, tag }) => summary.length < 5 || tag === '').map(({ path }) => path)).toEqual([])
})

test('a change needs a credential or is meant to be open, and is never counted as a read', () => {
  const open = routes.filter(({ method, needs }) => method !== 'GET' && needs === 'public').map(({ method, path }) => `${method} ${path}`)
  expect(open).toEqual([
    'POST /api/auth/setup',
    'POST /api/auth/login',
    'POST /agent/v1/register',
    'POST /api/stream/:token/token',
    'POST /p/:token/beacon',
    'POST /auth/api-key',
    'POST /auth/refresh',
    'POST /upload',
    'POST /vod',
    'POST /live',
    'POST /watch',
  ])
  expect(routes.filter(({ method, rate, needs }) => method !== 'GET' && (rate === 'read' || String(needs).endsWith(':read'))).map(({ path }) => path)).toEqual([])
})

test('a private native route is limited, chunks excepted (contract)', () => {
  const free = routes.filter(({ surface, needs, rate }) => needs !== 'operator' && surface === 'native' && needs !== 'public' && rate === 'none').map(({ path }) => path)
  expect(free).toEqual(['/api/v1/upload/chunk', '/api/v1/videos/:id/source'])
})
