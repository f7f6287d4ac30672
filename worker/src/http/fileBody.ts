import { readBytes } from './body.ts'
import { readMultipartFile } from './multipart.ts'

/** A small file sent as the body itself or as the first file of a form. Throws too_large `body_too_large`, bad_request as `readMultipartFile` does. */
export async function readFileBody(request: Request, maxBytes: number): Promise<Uint8Array> {
  if (!/^multipart\/form-data\b/i.test(request.headers.get('Content-Type') ?? '')) return readBytes(request, maxBytes)
  const { body } = await readMultipartFile(request)
  return readBytes(new Request('http://form', { method: 'POST', body }), maxBytes)
}
