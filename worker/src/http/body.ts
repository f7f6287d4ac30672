import { Fault } from '@avocet/shared/fault'
import type { z } from 'zod'

const DEFAULT_LIMIT = 64 * 1024

/** Reads a JSON body of bounded size. Refuses invalid UTF-8, a byte-order mark and anything that is not one JSON value. `optional`: no body is an empty object. */
export async function readJson(request: Request, maxBytes = DEFAULT_LIMIT, optional = false): Promise<unknown> {
  const bytes = await readBytes(request, maxBytes)
  return bytes.length === 0 && optional ? {} : parseJson(bytes)
}

/** The same of bytes that were read already. */
export function parseJson(bytes: Uint8Array): unknown {
  if (bytes.length === 0) throw new Fault('bad_request', 'A JSON body is needed.', { reason: 'invalid_json' })
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch {
    throw new Fault('bad_request', 'The body is not valid JSON.', { reason: 'invalid_json' })
  }
}

/** Reads a whole body, cutting it off at `maxBytes` whatever Content-Length claims. */
export async function readBytes(request: Request, maxBytes: number): Promise<Uint8Array> {
  const tooLarge = () => new Fault('too_large', `The body may have at most ${maxBytes} bytes.`, { reason: 'body_too_large', extra: { max_size: maxBytes } })
  if (Number(request.headers.get('Content-Length') ?? 0) > maxBytes) throw tooLarge()
  if (!request.body) return new Uint8Array()
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of request.body) {
    length += part.length
    if (length > maxBytes) throw tooLarge()
    parts.push(part)
  }
  const whole = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** Decodes a value or throws bad_request, with one entry per wrong field; an unknown field has its own reason. `inQuery`: the fields are query parameters. */
export function decode<S extends z.ZodType>(schema: S, value: unknown, inQuery = false): z.infer<S> {
  const result = schema.safeParse(value, { reportInput: true })
  if (result.success) return result.data
  const errors = result.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ path: [...issue.path, key].join('.'), message: 'There is no such field.' }))
      : [{ path: issue.path.join('.'), message: issue.message, ...(issue.code === 'invalid_type' && issue.input === undefined ? { absent: true } : {}) }],
  )
  const custom = result.error.issues.find((issue) => issue.code === 'custom')
  const reason = result.error.issues.some((issue) => issue.code === 'unrecognized_keys')
    ? 'unknown_field'
    : ((custom?.params?.reason as string | undefined) ?? 'invalid_request')
  const first = errors[0]
  throw new Fault('bad_request', first ? `${first.path ? `${first.path}: ` : ''}${first.message}` : 'The request is not valid.', { reason, errors, inQuery })
}
