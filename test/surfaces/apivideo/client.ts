/** Calls as an api.video client makes them: Basic credentials, multipart parts. */
import { call, type Tenant } from '../../support/site.ts'

export const basic = ({ key }: Pick<Tenant, 'key'>) => ({ Authorization: `Basic ${btoa(`${key}:`)}` })

/** One call with the tenant's key; `body` is sent as JSON. */
export function api(mine: Tenant, method: string, path: string, body?: unknown): Promise<Response> {
  return call(path, { method, headers: basic(mine), ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
}

/** The answer's body. */
export const bodyOf = async <T = Record<string, unknown>>(answer: Promise<Response>): Promise<T> => (await answer).json<T>()

/** The slug of a refusal's type, and its status. */
export async function refusalOf(answer: Promise<Response>): Promise<[number, string | undefined]> {
  const response = await answer
  const { type } = await response.json<{ type?: string }>()
  return [response.status, type?.split('/').at(-1)]
}

export interface PartOptions {
  range?: string
  before?: Record<string, string>
  after?: Record<string, string>
  filename?: string
}

/** A multipart request with one file; fields stand before or behind it. */
export function form(bytes: Uint8Array<ArrayBuffer>, { before = {}, after = {}, filename = 'clip.mp4', range }: PartOptions = {}): RequestInit {
  const body = new FormData()
  for (const [name, value] of Object.entries(before)) body.append(name, value)
  // Node clients call the field after the file.
  body.append(filename, new File([bytes], filename, { type: 'application/octet-stream' }))
  for (const [name, value] of Object.entries(after)) body.append(name, value)
  return { method: 'POST', body, headers: range ? { 'Content-Range': range } : {} }
}

export function upload(mine: Tenant, videoId: string, bytes: Uint8Array<ArrayBuffer>, options: PartOptions = {}): Promise<Response> {
  const init = form(bytes, options)
  return call(`/videos/${videoId}/source`, { ...init, headers: { ...init.headers, ...basic(mine) } })
}

export const delegated = (token: string, bytes: Uint8Array<ArrayBuffer>, options: PartOptions = {}): Promise<Response> => call(`/upload?token=${token}`, form(bytes, options))

/** A fresh video that awaits its file. */
export async function container(mine: Tenant, wish: Record<string, unknown> = {}): Promise<string> {
  return (await bodyOf<{ videoId: string }>(api(mine, 'POST', '/videos', { title: 'Maths', ...wish }))).videoId
}
