import { Fault } from '@avocet/shared/fault'

export interface MultipartFile {
  /** Text fields that came before the file. */
  fields: Record<string, string>
  filename: string
  /** Ends once the form has been read to its end: it fails with bad_request `several_files` when another file follows. */
  body: ReadableStream<Uint8Array>
  /** Text fields behind the file, once it has been read. Throws as `body` fails. */
  rest(): Promise<Record<string, string>>
}

const MAX_HEADERS = 16 * 1024
/** What may stand around the file of a form whose length is told. */
const AROUND_FILE = 1024 * 1024
const MAX_FIELD = 64 * 1024

/**
 * Reads multipart/form-data (RFC 7578) as it comes, up to its first file, whose bytes stream on: a file is never held in memory.
 * Throws bad_request `multipart_invalid`, or `file_required` when there is none; and too_large `file_too_large` where the form says by its
 * length that the file has more than `maxBytes`, so that nobody sends it in vain.
 */
export async function readMultipartFile(request: Request, maxBytes = Number.POSITIVE_INFINITY): Promise<MultipartFile> {
  if (Number(request.headers.get('Content-Length')) > maxBytes + AROUND_FILE) throw fileTooLarge(maxBytes)
  const boundary = /;\s*boundary=(?:"([^"]{1,70})"|([^;\s]{1,70}))/i.exec(request.headers.get('Content-Type') ?? '')
  if (!boundary || !request.body) throw invalid()
  const delimiter = new TextEncoder().encode(`\r\n--${boundary[1] ?? boundary[2]}`)
  const reader = new Scanner(request.body, delimiter)
  await reader.readPart(MAX_HEADERS)
  const { fields, filename } = await readFields(reader)
  if (filename === null) throw new Fault('bad_request', 'The form holds no file.', { reason: 'file_required' })
  let behind: Promise<Record<string, string>> | null = null
  const rest = () => (behind ??= readBehind(reader))
  return { fields, filename, body: reader.streamPart(rest), rest }
}

export const fileTooLarge = (maxBytes: number) => new Fault('too_large', `The file may have at most ${maxBytes} bytes.`, { reason: 'file_too_large', extra: { max_size: maxBytes } })

async function readBehind(reader: Scanner): Promise<Record<string, string>> {
  const { fields, filename } = await readFields(reader)
  if (filename !== null) throw new Fault('bad_request', 'The form holds more than one file.', { reason: 'several_files' })
  return fields
}

/** Text fields up to the next file, whose name is told, or to the end. */
async function readFields(reader: Scanner): Promise<{ fields: Record<string, string>; filename: string | null }> {
  const fields: Record<string, string> = Object.create(null)
  for (;;) {
    const headers = await reader.readHeaders(MAX_HEADERS)
    if (headers === null) return { fields, filename: null }
    const disposition = /^content-disposition:\s*form-data(.*)$/im.exec(headers)?.[1]
    if (disposition === undefined) throw invalid()
    const name = parameter(disposition, 'name')
    const filename = parameter(disposition, 'filename')
    if (filename !== null) return { fields, filename }
    const text = new TextDecoder().decode(await reader.readPart(MAX_FIELD))
    if (name !== null) fields[name] = text
  }
}

function parameter(disposition: string, name: string): string | null {
  const match = new RegExp(`;\\s*${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^;\\s]+))`, 'i').exec(disposition)
  return match ? (match[1]?.replace(/\\(.)/g, '$1') ?? match[2] ?? null) : null
}

/** Splits a stream at a delimiter, keeping back only what might be its beginning. */
class Scanner {
  private readonly source: ReadableStreamDefaultReader<Uint8Array>
  private readonly delimiter: Uint8Array
  /** The first boundary has no line break in front of it: one is put there. */
  private buffer: Uint8Array = new Uint8Array([13, 10])
  private ended = false

  constructor(body: ReadableStream<Uint8Array>, delimiter: Uint8Array) {
    this.source = body.getReader()
    this.delimiter = delimiter
  }

  /** Bytes up to the next delimiter, which is consumed. */
  async readPart(limit: number): Promise<Uint8Array> {
    for (;;) {
      const at = indexOf(this.buffer, this.delimiter)
      if (at >= 0) return this.take(at, this.delimiter.length)
      if (this.buffer.length > limit + this.delimiter.length) throw invalid()
      await this.fill()
    }
  }

  /** The header block after a delimiter; null after the closing one. */
  async readHeaders(limit: number): Promise<string | null> {
    while (this.buffer.length < 2) await this.fill()
    if (this.buffer[0] === 45 && this.buffer[1] === 45) return null
    const end = new Uint8Array([13, 10, 13, 10])
    for (;;) {
      const at = indexOf(this.buffer, end)
      if (at >= 0) return new TextDecoder().decode(this.take(at, end.length))
      if (this.buffer.length > limit) throw invalid()
      await this.fill()
    }
  }

  /** The rest of this part as a stream. Fails when the body ends before its delimiter, or with what `then` throws. */
  streamPart(then: () => Promise<unknown>): ReadableStream<Uint8Array> {
    const pull = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
      try {
        for (;;) {
          const at = indexOf(this.buffer, this.delimiter)
          const safe = at >= 0 ? at : this.buffer.length - this.delimiter.length
          if (safe > 0) controller.enqueue(this.take(safe, 0))
          if (at >= 0) {
            this.take(0, this.delimiter.length)
            await then()
            return controller.close()
          }
          if (safe > 0) return
          await this.fill()
        }
      } catch (error) {
        controller.error(error)
      }
    }
    return new ReadableStream({ pull }, { highWaterMark: 0 })
  }

  private take(length: number, skip: number): Uint8Array {
    const taken = this.buffer.slice(0, length)
    this.buffer = this.buffer.subarray(length + skip)
    return taken
  }

  private async fill(): Promise<void> {
    if (this.ended) throw invalid()
    const { value, done } = await this.source.read()
    if (done) {
      this.ended = true
      throw invalid()
    }
    const joined = new Uint8Array(this.buffer.length + value.length)
    joined.set(this.buffer)
    joined.set(value, this.buffer.length)
    this.buffer = joined
  }
}

function indexOf(hay: Uint8Array, needle: Uint8Array): number {
  const first = needle[0] as number
  for (let at = hay.indexOf(first); at >= 0 && at + needle.length <= hay.length; at = hay.indexOf(first, at + 1)) {
    let same = 1
    while (same < needle.length && hay[at + same] === needle[same]) same++
    if (same === needle.length) return at
  }
  return -1
}

function invalid(): Fault {
  return new Fault('bad_request', 'The multipart body is broken.', { reason: 'multipart_invalid' })
}
