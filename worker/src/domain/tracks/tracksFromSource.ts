import type { AssetId, VideoId } from '@avocet/shared/ids'
import { trackKey } from '@avocet/shared/objectKeys'
import type { Deps, Write } from '../ports.ts'
import { canonicalLanguage, nameOf } from './addTrack.ts'
import type { Track } from './track.ts'

/** Text found in a source file; `vtt` is clean WebVTT. */
export interface SourceText {
  kind: Track['kind']
  /** BCP-47; what is none becomes `und`. */
  language: string
  label: string | null
  vtt: string
}

/**
 * Tracks for every video on an asset, of what its file carries. What somebody has put there already stays; of several texts of one kind
 * and language the first is taken. Stores the objects; the rows are for the caller's commit.
 */
export async function tracksFromSource(deps: Deps, assetId: AssetId, texts: readonly SourceText[]): Promise<Write[]> {
  const writes: Write[] = []
  for (const video of await deps.videos.listByAsset(assetId)) {
    const taken = new Set((await deps.tracks.listByVideo(video.accountId, video.id)).map(({ kind, language }) => `${kind} ${language}`))
    for (const text of texts) {
      const language = languageOf(text.language)
      if (taken.has(`${text.kind} ${language}`)) continue
      taken.add(`${text.kind} ${language}`)
      writes.push(deps.tracks.put(await storeTrack(deps, video, text, language)))
    }
  }
  return writes
}

async function storeTrack(deps: Deps, video: { id: VideoId; accountId: Track['accountId'] }, text: SourceText, language: string): Promise<Track> {
  const bytes = new TextEncoder().encode(text.vtt)
  const id = deps.newId('track')
  const objectKey = trackKey(video.id, id, 1)
  await deps.objects.put(objectKey, bytes, bytes.length, 'text/vtt; charset=utf-8')
  return {
    id,
    accountId: video.accountId,
    videoId: video.id,
    kind: text.kind,
    language,
    label: text.label ?? nameOf(language),
    // What a file marks as default is often an accident of its muxer: viewers choose.
    isDefault: false,
    objectKey,
    sizeBytes: bytes.length,
    version: 1,
    createdAt: deps.now(),
  }
}

function languageOf(text: string): string {
  try {
    return canonicalLanguage(text)
  } catch {
    return 'und'
  }
}
