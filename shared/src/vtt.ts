/** WebVTT as text. Pure. */
import type { EncodeImages, MediaInfo } from './encode.ts'

/** The thumbnails track of a storyboard: one cue a tile, addressed by `#xywh` (Media Fragments 4.2.2). */
export function storyboardVtt(storyboard: NonNullable<EncodeImages['storyboard']>, durationSeconds: number, sheetUri: (sheet: number) => string): string {
  const { columns, rows, tileWidth, tileHeight, intervalSeconds, tiles } = storyboard
  const cues = Array.from({ length: tiles }, (_, tile) => {
    const [sheet, place] = [Math.floor(tile / (columns * rows)), tile % (columns * rows)]
    const [x, y] = [(place % columns) * tileWidth, Math.floor(place / columns) * tileHeight]
    const end = tile === tiles - 1 ? Math.max(durationSeconds, tile * intervalSeconds + 0.001) : (tile + 1) * intervalSeconds
    return `${timestamp(tile * intervalSeconds)} --> ${timestamp(end)}\n${sheetUri(sheet)}#xywh=${x},${y},${tileWidth},${tileHeight}\n`
  })
  return `WEBVTT\n\n${cues.join('\n')}`
}

/** A chapters track. Titles are one line of plain text. */
export function chaptersVtt(chapters: MediaInfo['chapters']): string {
  const cues = chapters.map(({ startSeconds, endSeconds, title }, at) => {
    const text = title.replaceAll(/\s+/g, ' ').replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').trim()
    return `${timestamp(startSeconds)} --> ${timestamp(Math.max(endSeconds, startSeconds + 0.001))}\n${text || at + 1}\n`
  })
  return `WEBVTT\n\n${cues.join('\n')}`
}

/** `hh:mm:ss.mmm` (WebVTT 3.4). */
export function timestamp(seconds: number): string {
  const ms = Math.round(seconds * 1000)
  const pad = (value: number, length: number) => String(value).padStart(length, '0')
  return `${pad(Math.floor(ms / 3_600_000), 2)}:${pad(Math.floor(ms / 60_000) % 60, 2)}:${pad(Math.floor(ms / 1000) % 60, 2)}.${pad(ms % 1000, 3)}`
}
