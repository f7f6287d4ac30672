/** Values a route's schema asks for, and values it does not: made from the schema itself, so that a new field is attacked on the day it is written. */
import fc from 'fast-check'
import type { Route } from '../../../worker/src/http/route.ts'

type Schema = NonNullable<NonNullable<Route['input']>['body']>
export interface JsonSchema {
  type?: string | string[]
  properties?: Record<string, JsonSchema>
  required?: string[]
  items?: JsonSchema | false
  /** Of a tuple. */
  prefixItems?: JsonSchema[]
  propertyNames?: JsonSchema
  additionalProperties?: JsonSchema | boolean
  anyOf?: JsonSchema[]
  oneOf?: JsonSchema[]
  allOf?: JsonSchema[]
  enum?: unknown[]
  const?: unknown
  format?: string
  pattern?: string
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  minItems?: number
  maxItems?: number
}

/** What a schema accepts before it transforms anything. */
export const jsonSchemaOf = (schema: Schema): JsonSchema => schema.toJSONSchema({ io: 'input', unrepresentable: 'any' }) as JsonSchema

/** Strings that broke somebody's program. */
const HOSTILE = [
  '', ' ', '\0', 'null', 'undefined', '__proto__', 'constructor', '../../etc/passwd', '%2e%2e%2f', "' OR 1=1--", '"; DROP TABLE videos;--', '%%%%%%', '${7*7}', '{{7*7}}',
  '<script>alert(1)</script>', '<img src=x onerror=alert(1)>', '\r\nSet-Cookie: x=1', '\u202Etxt.exe', '\uFEFFx', '\uD800', '👩‍👩‍👧‍👦', 'é'.repeat(300), 'x'.repeat(5000),
  '1e309', '-0', '9007199254740993', 'NaN', 'true', '[]', 'javascript:alert(1)', 'http://169.254.169.254/', 'file:///etc/passwd', 'data:text/html,x',
]
export const hostileText = fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary', maxLength: 60 }))

/** Whatever JSON can say. */
export const anything: fc.Arbitrary<unknown> = fc.oneof(hostileText, fc.jsonValue({ maxDepth: 3 }), fc.constantFrom(null, true, -1, 0, 1.5, 1e308, 2 ** 53, [], {}, [[]]))

const FORMATS: Record<string, fc.Arbitrary<string>> = {
  'date-time': fc.constantFrom('2026-01-01T00:00:00Z', '2099-12-31T23:59:59.999Z', '0001-01-01T00:00:00Z'),
  date: fc.constantFrom('2026-01-01', '2099-12-31'),
  email: fc.constantFrom('a@example.com', 'x'.repeat(60) + '@example.com'),
  uri: fc.constantFrom('https://hooks.acme.dev/', 'https://acme.dev/x?y=1'),
  uuid: fc.uuid(),
}

/** A value the schema most likely accepts; own refinements of zod are not in its JSON form. `text` stands for plain strings. */
export function fitting(schema: JsonSchema, text: fc.Arbitrary<string> = fc.constantFrom('Name', 'a.mp4', 'en', 'x')): fc.Arbitrary<unknown> {
  const again = (inner: JsonSchema) => fitting(inner, text)
  if ('const' in schema) return fc.constant(schema.const)
  if (schema.enum) return fc.constantFrom(...schema.enum)
  const choices = schema.anyOf ?? schema.oneOf
  if (choices) return fc.oneof(...choices.map(again))
  if (schema.allOf) return fc.tuple(...schema.allOf.map(again)).map((all) => Object.assign({}, ...all))
  const type = Array.isArray(schema.type) ? schema.type.find((one) => one !== 'null') : schema.type
  switch (type) {
    case 'object':
      return objectOf(schema, again)
    case 'array':
      if (schema.prefixItems) return fc.tuple(...schema.prefixItems.map(again))
      return fc.array(again(schema.items || {}), { minLength: schema.minItems ?? 0, maxLength: Math.min(schema.maxItems ?? 3, 3) })
    case 'string':
      return stringOf(schema, text)
    case 'integer':
      return fc.integer({ min: Math.max(schema.minimum ?? 0, -(2 ** 31)), max: Math.min(schema.maximum ?? 1000, 2 ** 31 - 1) })
    case 'number':
      return fc.double({ min: schema.minimum ?? 0, max: Math.min(schema.maximum ?? 1000, 1e9), noNaN: true })
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    default:
      return text
  }
}

function objectOf({ properties = {}, required = [], additionalProperties, propertyNames }: JsonSchema, again: (schema: JsonSchema) => fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const known = fc.record(Object.fromEntries(Object.entries(properties).map(([name, inner]) => [name, again(inner)])), { requiredKeys: required })
  if (typeof additionalProperties !== 'object' || Object.keys(properties).length > 0) return known
  const names = propertyNames?.pattern ? fc.stringMatching(new RegExp(propertyNames.pattern, 'u')) : fc.constantFrom('en', 'read', 'a')
  return fc.dictionary(names, again(additionalProperties), { maxKeys: 2 })
}

function stringOf({ format, pattern, minLength = 0, maxLength = 5000 }: JsonSchema, text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const known = format ? FORMATS[format] : undefined
  if (known) return known
  if (pattern) {
    try {
      return fc.stringMatching(new RegExp(pattern, 'u'), { maxLength: 100 })
    } catch {
      // A pattern fast-check cannot follow: plain text, which the route refuses.
    }
  }
  return text.map((one) => one.padEnd(minLength, 'x').slice(0, maxLength))
}

/** A fitting value with one of its parts, or itself, replaced by anything. */
export function spoilt(schema: JsonSchema): fc.Arbitrary<unknown> {
  return fc.tuple(fitting(schema, hostileText), anything, fc.nat()).map(([value, wrong, at]) => {
    const places = leavesOf(value)
    const place = places[at % (places.length + 1)]
    return place === undefined ? wrong : withLeaf(value, place, wrong)
  })
}

type Place = readonly (string | number)[]

/** Where the leaves of a JSON value stand. */
export function leavesOf(value: unknown, place: Place = []): Place[] {
  if (value === null || typeof value !== 'object') return place.length === 0 ? [] : [place]
  return Object.entries(value).flatMap(([name, inner]) => leavesOf(inner, [...place, Array.isArray(value) ? Number(name) : name]))
}

/** The same value with another leaf. */
export function withLeaf(value: unknown, [first, ...rest]: Place, leaf: unknown): unknown {
  if (first === undefined) return leaf
  const copy: Record<string | number, unknown> = Array.isArray(value) ? ([...value] as never) : { ...(value as object) }
  copy[first] = withLeaf(copy[first], rest, leaf)
  return copy
}
