/**
 * Fuzzing of every route of every surface, from its own schemas: whatever is sent, an answer comes, it is no failure of ours, and it holds
 * nothing of anybody else's. FUZZ_RUNS makes it longer; a failure prints the seed to run it again with.
 */
import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { enrol } from '../support/fleet.ts'
import type { Tenant } from '../support/site.ts'
import { addressOf, ask, busyTenant, named, OPERATOR_TOKEN, prefixesOf, type Target, targets } from './support/callers.ts'
import { type Everything, everything } from './support/everything.ts'
import { anything, fitting, hostileText, jsonSchemaOf, spoilt } from './support/fromSchema.ts'

const RUNS = Number((env as unknown as { FUZZ_RUNS: string }).FUZZ_RUNS)
let world: Everything
let mine: Tenant
let host: string
let names: string[]

beforeAll(async () => {
  world = await everything('Zq8mark4other')
  mine = await busyTenant()
  host = (await enrol()).credential
  names = world.names.filter((name) => !world.capabilities.has(name))
}, 240_000)

const credentialOf = ({ route: { needs }, surface }: Target): Record<string, string> => {
  if (needs === 'agent') return { Authorization: `Bearer ${host}` }
  if (needs === 'operator') return { Authorization: `Bearer ${OPERATOR_TOKEN}` }
  return needs === 'public' ? {} : world.present(surface, mine.key)
}

/** A path of text with no lone surrogates: an address cannot hold one. */
const wellFormed = (text: string) => text.toWellFormed()

function requests(target: Target): fc.Arbitrary<{ path: string; init: RequestInit }> {
  const { input, method } = target.route
  const value = fc.oneof(fc.constantFrom(...names), hostileText.map(wellFormed))
  const values = fc.tuple(...prefixesOf(target.path).map(() => value))
  const query = input?.query ? fc.oneof(fitting(jsonSchemaOf(input.query), hostileText), fc.dictionary(fc.constantFrom('page', 'per_page', 'search', 'sort', '__proto__', 'limit'), hostileText, { maxKeys: 3 })) : fc.constant({})
  const body = input?.body ? fc.oneof(fitting(jsonSchemaOf(input.body), hostileText), spoilt(jsonSchemaOf(input.body)), anything).map((one) => JSON.stringify(one)) : fc.constantFrom('x', '<html>', '\0\0\0\x18ftypmp42')
  const headers = input?.headers ? fc.dictionary(fc.constantFrom(...Object.keys(jsonSchemaOf(input.headers).properties ?? { X: 0 })), fc.stringMatching(/^[ -~]{0,40}$/), { maxKeys: 3 }) : fc.constant({})
  return fc.tuple(values, query, body, headers).map(([at, asked, text, more]) => {
    // A long poll is no hang, and would take its time.
    const search = new URLSearchParams(Object.entries(asked as object).map(([name, one]) => [name, name === 'wait' ? '0' : wellFormed(String(one))]))
    return { path: `${addressOf(target.path, at)}?${search}`, init: { method, headers: { ...more, ...credentialOf(target) }, ...(method === 'GET' ? {} : { body: text ?? '' }) } }
  })
}

test.each(named(targets))('A36, A38: %s answers whatever is sent, and never with a failure or another’s byte', async (_, target) => {
  await fc.assert(
    fc.asyncProperty(requests(target), async ({ path, init }) => {
      // The operator sees whatever the site holds.
      const { status } = await ask(path, init, target.route.needs === 'operator')
      expect(status).toBeGreaterThanOrEqual(200)
    }),
    { numRuns: RUNS, endOnFailure: true },
  )
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
})

test('A25: no spelling of a path reaches another’s bytes or breaks the server', async () => {
  const parts = fc.constantFrom('..', '.', '%2e%2e', '%252e%252e', '%00', '%zz', '%ff', '%', ';', '\\', '//', 'api', 'v1', 'p', 'm', 'watch', 'vod', 'src', 'cdn-cgi', 'agent', ...names.slice(0, 12), 'x'.repeat(3000), '*', ':id', '{}', '%2F', '~', 'é')
  await fc.assert(
    fc.asyncProperty(fc.array(parts, { minLength: 1, maxLength: 6 }), fc.constantFrom('GET', 'POST', 'DELETE', 'HEAD'), async (path, method) => {
      await ask(`/${path.join('/')}`, { method, headers: { 'X-API-Key': mine.key } })
    }),
    { numRuns: RUNS * 12, endOnFailure: true },
  )
})
