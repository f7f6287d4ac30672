import { Fault, missing } from '@avocet/shared/fault'
import { trackKey } from '@avocet/shared/objectKeys'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'
import { cleanTitle } from '../videos/title.ts'
import type { Track } from './track.ts'

export interface TrackWish {
  language: string
  label: string | undefined
  kind: Track['kind']
  isDefault: boolean
  bytes: Uint8Array
}

/**
 * Adds a text track, or replaces the one of the same kind and language. WebVTT and SRT come in, clean WebVTT is kept.
 * Throws not_found, bad_request `invalid_language`, unprocessable `invalid_subtitle`.
 */
export async function addTrack(deps: Deps, actor: Actor, videoId: string, wish: TrackWish): Promise<Track> {
  demand(actor, 'videos:write')
  const video = (await deps.videos.find(actor.accountId, videoId)) ?? missing('video')
  const language = canonicalLanguage(wish.language)
  const { vtt } = await deps.captions.toCleanVtt(decodeUtf8(wish.bytes))
  const bytes = new TextEncoder().encode(vtt)
  const old = (await deps.tracks.listByVideo(actor.accountId, video.id)).find((track) => track.kind === wish.kind && track.language === language)
  const id = old?.id ?? deps.newId('track')
  const version = (old?.version ?? 0) + 1
  const track: Track = {
    id,
    accountId: actor.accountId,
    videoId: video.id,
    kind: wish.kind,
    language,
    label: wish.label === undefined ? nameOf(language) : cleanTitle(wish.label),
    isDefault: wish.isDefault,
    objectKey: trackKey(video.id, id, version),
    sizeBytes: bytes.length,
    version,
    createdAt: old?.createdAt ?? deps.now(),
  }
  await deps.objects.put(track.objectKey, bytes, bytes.length, 'text/vtt; charset=utf-8')
  await deps.commit([deps.tracks.put(track)])
  if (old) deps.defer(deps.objects.delete([old.objectKey]))
  return track
}

/** BCP-47 in canonical case (RFC 5646 section 2.1.1). */
export function canonicalLanguage(text: string): string {
  try {
    const [language] = Intl.getCanonicalLocales(text)
    if (language) return language
  } catch {
    // Not a language tag: said below.
  }
  throw new Fault('bad_request', 'A language is a BCP-47 tag such as en, de or pt-BR.', { reason: 'invalid_language', errors: [{ path: 'language', message: 'Not a language tag.' }] })
}

/** A language in its own words. */
export function nameOf(language: string): string {
  return new Intl.DisplayNames([language, 'en'], { type: 'language' }).of(language) ?? language
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)
  } catch {
    throw new Fault('unprocessable', 'The file is not UTF-8 text.', { reason: 'invalid_subtitle' })
  }
}
