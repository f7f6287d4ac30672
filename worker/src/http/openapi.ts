import { FAULT_CODES, Fault } from '@avocet/shared/fault'
import { OpenAPIHono } from '@hono/zod-openapi'
import { z } from 'zod'
import { answerFault } from './faults.ts'
import type { Needs, Route } from './route.ts'
import type { Surface } from './surface.ts'

const ErrorBody = z.object({ error: z.string(), code: z.string(), request_id: z.string(), errors: z.array(z.object({ path: z.string(), message: z.string() })).optional() }).meta({ id: 'Error' })
/** A Hono path parameter with the pattern it may carry: `:sheet{storyboard-[0-9]{1,4}\\.jpg}`. */
const PARAMETER = /:(\w+)(\{(?:[^{}]|\{[^}]*\})*\})?/g

/** The OpenAPI 3.1 document of some surfaces, from their route values: what is served is what is documented. */
export function openApiDocument(surfaces: readonly Surface[], version: string) {
  const { openAPIRegistry: registry, getOpenAPI31Document } = new OpenAPIHono()
  const scheme = (name: string, value: Parameters<typeof registry.registerComponent<'securitySchemes'>>[2]) => registry.registerComponent('securitySchemes', name, value)
  scheme('apiKey', { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'avc_ and 64 hexadecimal digits.' })
  scheme('apiKeyInQuery', { type: 'apiKey', in: 'query', name: 'api_key', description: 'Discouraged: addresses end up in logs. An account can switch it off.' })
  scheme('session', { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' })
  scheme('uploadToken', { type: 'http', scheme: 'bearer', description: 'upt_ and 32 hexadecimal digits, for browsers: uploads, and nothing else.' })
  scheme('agent', { type: 'http', scheme: 'bearer', description: "A transcoder host's credential." })
  scheme('operator', { type: 'http', scheme: 'bearer', description: "The deployment's OPERATOR_TOKEN." })
  for (const surface of surfaces) for (const route of surface.routes) register(registry, surface, route)
  const document = getOpenAPI31Document({
    openapi: '3.1.0',
    info: { title: 'Avocet', version, description: 'An open, self-hostable video platform that runs at the edge.', license: { name: 'Apache-2.0' } },
    servers: [{ url: '/' }],
  })
  for (const item of Object.values(document.paths ?? {})) {
    for (const operation of Object.values(item as Record<string, { parameters?: Parameter[] }>)) operation.parameters?.forEach(asWritten)
  }
  return document
}

interface Parameter {
  in: string
  required: boolean
  schema: { type?: string | string[] }
}

/** zod calls whatever it coerces optional and nullable. In an address nothing is null, and a path has all its parts. */
function asWritten(parameter: Parameter): void {
  const { schema } = parameter
  if (parameter.in === 'path') parameter.required = true
  if (Array.isArray(schema.type)) schema.type = schema.type.find((type) => type !== 'null') as string
}

function register(registry: OpenAPIHono['openAPIRegistry'], surface: Surface, route: Route): void {
  const { input = {}, output } = route
  registry.registerPath({
    method: route.method.toLowerCase() as 'get',
    path: (surface.base + route.path).replace(PARAMETER, (_, name, pattern) => `{${name}}${extensionOf(pattern)}`),
    operationId: operationId(surface, route),
    summary: route.summary,
    tags: [route.tag],
    security: [...securityOf(route.needs), ...(route.byUploadToken ? [{ uploadToken: [] }] : [])],
    request: {
      ...(input.params ? { params: input.params as z.ZodObject } : {}),
      ...(input.query ? { query: input.query as z.ZodObject } : {}),
      ...(input.headers ? { headers: input.headers } : {}),
      ...(input.body ? { body: { required: true, content: { 'application/json': { schema: input.body } } } } : {}),
      ...(input.streams ? { body: { required: true, content: Object.fromEntries(input.streams.map((type) => [type, { schema: { type: 'string' as const, format: 'binary' } }])) } } : {}),
    },
    responses: {
      [output.status]: {
        description: route.summary,
        ...(output.body ? { content: { 'application/json': { schema: output.body } } } : {}),
        ...(output.type ? { content: { [output.type]: { schema: { type: 'string' as const, format: 'binary' } } } } : {}),
      },
      default: { description: `A refusal. Statuses: ${statuses}.`, content: { 'application/json': { schema: ErrorBody } } },
    },
  })
}

/** `.jpg` of a parameter that must end so: what tells such paths apart in the document. */
const extensionOf = (pattern = '') => /\\(\.\w+)\}$/.exec(pattern)?.[1] ?? ''

const statuses = [...new Set(FAULT_CODES.map((code) => answerFault(new Fault(code, ''), '').status))].sort().join(', ')

function securityOf(needs: Needs): Record<string, string[]>[] {
  if (needs === 'public') return []
  if (needs === 'agent' || needs === 'operator') return [{ [needs]: [] }]
  return [{ apiKey: [] }, { session: [] }, { apiKeyInQuery: [] }]
}

function operationId(surface: Surface, route: Route): string {
  const words = route.path.replace(PARAMETER, '$1').split(/[/.-]+/).filter(Boolean)
  return [surface.name, route.method.toLowerCase(), ...words].map((word, at) => (at === 0 ? word : word[0]?.toUpperCase() + word.slice(1))).join('')
}
