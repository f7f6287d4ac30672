import { Fault } from '@avocet/shared/fault'
import { readBytes } from './body.ts'
import { fileTooLarge, readMultipartFile } from './multipart.ts'

/** A small file, with what stood beside it in its form. */
export interface FileBody {
  bytes: Uint8Array
  fields: Record<string, string>
}

/** A small file sent as the body itself or as the one file of a form. Throws as `readFileForm`. */
export async function readFileBody(request: Request, maxBytes: number): Promise<FileBody> {
  if (/^multipart\/form-data\b/i.test(request.headers.get('Content-Type') ?? '')) return readFileForm(request, maxBytes)
  return { bytes: await readFile(request, maxBytes), fields: {} }
}

/** The one file of a form with its text fields, on either side. Throws too_large `file_too_large`, bad_request `file_empty` and as `readMultipartFile` does. */
export async function readFileForm(request: Request, maxBytes: number): Promise<FileBody> {
  const { fields, body, rest } = await readMultipartFile(request, maxBytes)
  const bytes = await readFile(new Request('http://form', { method: 'POST', body }), maxBytes)
  return { bytes, fields: { ...fields, ...(await rest()) } }
}

async function readFile(request: Request, maxBytes: number): Promise<Uint8Array> {
  const bytes = await readBytes(request, maxBytes).catch((error) => {
    const tooLarge = error instanceof Fault && error.code === 'too_large'
    throw tooLarge ? fileTooLarge(maxBytes) : error
  })
  if (bytes.length === 0) throw new Fault('bad_request', 'The file is empty.', { reason: 'file_empty' })
  return bytes
}
