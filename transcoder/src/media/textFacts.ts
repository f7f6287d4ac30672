/** Subtitles and chapters of a source. Pure. */
import type { MediaInfo } from '@avocet/shared/encode'
import { type Report, titleOf } from './facts.ts'
import { toBcp47 } from './language.ts'

/** Subtitles that are text. Pictures of text (PGS, DVD, DVB) are left out: nothing here reads them. */
const TEXT_CODECS = new Set(['subrip', 'srt', 'ass', 'ssa', 'mov_text', 'webvtt', 'text', 'subviewer', 'microdvd'])
const MAX_SUBTITLES = 32
const MAX_CHAPTERS = 1000
const MAX_TITLE = 200

export function subtitleFacts(streams: Report['streams']): MediaInfo['subtitles'] {
  return streams
    .filter(({ codec_type }) => codec_type === 'subtitle')
    .flatMap((stream, index) =>
      TEXT_CODECS.has(stream.codec_name ?? '')
        ? [
            {
              index,
              codec: stream.codec_name as string,
              language: toBcp47(stream.tags?.language),
              title: titleOf(stream),
              isDefault: stream.disposition?.default === 1,
              isForced: stream.disposition?.forced === 1,
            },
          ]
        : [],
    )
    .slice(0, MAX_SUBTITLES)
}

/** In order and inside the video, on the video's clock, which starts at zero; each ends where the next begins at the latest. */
export function chapterFacts(chapters: Report['chapters'], { startSeconds, durationSeconds }: { startSeconds: number; durationSeconds: number }): MediaInfo['chapters'] {
  const onClock = chapters
    .map(({ start_time, end_time, tags }) => ({
      startSeconds: Math.max(0, Number(start_time) - startSeconds),
      endSeconds: Math.min(durationSeconds, Number(end_time) - startSeconds),
      title: (tags.title ?? '').replaceAll(/\p{C}/gu, ' ').trim().slice(0, MAX_TITLE),
    }))
    .filter((chapter) => Number.isFinite(chapter.startSeconds) && chapter.startSeconds < durationSeconds)
    .sort((a, b) => a.startSeconds - b.startSeconds)
  return onClock
    .map((chapter, at) => {
      const next = onClock[at + 1]?.startSeconds ?? durationSeconds
      return { ...chapter, endSeconds: chapter.endSeconds > chapter.startSeconds ? Math.min(chapter.endSeconds, next) : next }
    })
    .filter((chapter) => chapter.endSeconds > chapter.startSeconds)
    .slice(0, MAX_CHAPTERS)
}
