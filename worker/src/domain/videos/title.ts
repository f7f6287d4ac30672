import { Fault } from '@avocet/shared/fault'

export const MAX_TITLE_LENGTH = 255
export const MAX_DESCRIPTION_LENGTH = 5000

/** Control, bidirectional and zero-width characters that only confuse readers (U38, A29); tab and line breaks are handled by callers. */
const INVISIBLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

/** A clean title, or a name under the rules of one: NFC, no control or bidirectional marks, one line. Throws bad_request `title_too_long` or `title_required`. */
export function cleanTitle(text: string, field: 'title' | 'name' = 'title'): string {
  const title = stripInvisible(text).replace(/\s+/g, ' ').trim()
  if (title === '') throw new Fault('bad_request', `A ${field} is needed.`, { reason: 'title_required', errors: [{ path: field, message: 'Must not be empty.' }] })
  if (title.length > MAX_TITLE_LENGTH) {
    throw new Fault('bad_request', `A ${field} has at most ${MAX_TITLE_LENGTH} characters.`, {
      reason: 'title_too_long',
      errors: [{ path: field, message: `At most ${MAX_TITLE_LENGTH} characters.` }],
      extra: { max_length: MAX_TITLE_LENGTH },
    })
  }
  return title
}

/** A clean description; line breaks stay. Throws bad_request `description_too_long`. */
export function cleanDescription(text: string): string {
  const description = stripInvisible(text).trim()
  if (description.length > MAX_DESCRIPTION_LENGTH) {
    throw new Fault('bad_request', `A description has at most ${MAX_DESCRIPTION_LENGTH} characters.`, {
      reason: 'description_too_long',
      extra: { max_length: MAX_DESCRIPTION_LENGTH },
    })
  }
  return description
}

/** A file's name as harmless metadata: last path part, cleaned, at most 255 characters; never part of an object key. */
export function cleanFilename(text: string): string {
  return stripInvisible(text).split(/[/\\]/).at(-1)!.replace(/\s+/g, ' ').trim().slice(-255)
}

/** Text without characters that only confuse readers. */
export function stripInvisible(text: string): string {
  return text.replace(INVISIBLE, '').normalize('NFC')
}
