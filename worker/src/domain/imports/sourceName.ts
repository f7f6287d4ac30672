import { cleanFilename } from '../videos/title.ts'

/** What a source is called: as its server says (RFC 6266), else the end of its path; '' when neither says. */
export function sourceName(url: string, disposition: string | null): string {
  return cleanFilename(dispositionName(disposition ?? '') || decoded(new URL(url).pathname))
}

function dispositionName(text: string): string {
  const extended = /filename\*\s*=\s*utf-8''([^;\s]+)/i.exec(text)?.[1]
  if (extended !== undefined) return decoded(extended)
  const [, quoted, plain] = /filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))/i.exec(text) ?? []
  return quoted?.replace(/\\(.)/g, '$1') ?? plain ?? ''
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
