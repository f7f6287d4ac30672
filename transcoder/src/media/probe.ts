import { MediaInfo } from '@avocet/shared/encode'
import { JobFailure } from '../failure.ts'
import { sourceGuard } from './args/source.ts'
import { countSeconds, endIn, FAR_PACKETS, farSoundEnd, fragmentTimes, pictureEnd, recordingEnd } from './duration.ts'
import { integer, pictureFacts, Report, seconds, soundFacts, type Stream, streamSeconds, wholeOf } from './facts.ts'
import { ffprobeJson, type Tools } from './ffmpeg.ts'
import { PIXEL_GUARD } from './inputGuard.ts'
import { findFields, mayHideFields } from './fieldOrder.ts'
import { chapterFacts, subtitleFacts } from './textFacts.ts'

/** Containers whose own index, or whose simplicity, makes seeking exact. The others are remuxed before anything seeks far into them. */
const INDEXED = /mp4|mov|matroska|webm|avi|mxf|wav|aiff|flac|mp3|aac|gif|h264|hevc|m4v|ivf/
/** Bare sound, whose duration is guessed from its rate. */
const ESTIMATED = /^(aac|mp3)$/
/** Sound and picture rarely end together; a viewer does not notice less than this. */
const OUTLASTS_SECONDS = 1
const MAX_SOUNDS = 32

/**
 * The facts of a source. Throws JobFailure, permanent when the file is at fault: `not_a_video`, `picture_unreadable`, `source_truncated`,
 * `source_empty`, `too_many_streams`.
 */
export async function probe(tools: Tools, url: string, sizeBytes: number, signal: AbortSignal): Promise<MediaInfo> {
  const unreadable = () => new JobFailure('permanent', 'not_a_video', 'The file holds neither picture nor sound.')
  if (sizeBytes === 0) throw unreadable()
  const recorded = await recordingEnd(url, sizeBytes, signal)
  const fragments = await fragmentTimes(url, sizeBytes, signal)
  const fragmented = fragments ? true : undefined
  const ask = (...more: string[]) => ffprobeJson(tools, [...sourceGuard({ fragmented }), ...PIXEL_GUARD, ...more, '-show_format', '-show_streams', '-show_chapters', url], signal)
  // In one go: what is in the file, and where its picture ends. A recording without an index would be read whole for the latter.
  const both = recorded === null && !fragments ? await ask(...FAR_PACKETS).catch(() => signal.throwIfAborted()) : null
  // Where there is no end to be found, there may be facts all the same.
  const found = Report.parse(both ?? (await ask()))
  const report = fragments ? wholeOf(found, fragments, sizeBytes) : found
  const picture = await pictureOf(report, () => countSeconds(tools, url, signal))
  const far = fragments && picture ? endOf(picture) : (recorded ?? endIn(both, report.streams.find(isMoving)?.index))
  const sound = report.streams.filter((stream) => stream.codec_type === 'audio')
  const readable = sound.filter(isKnown)
  if (!picture && readable.length === 0) throw unreadable()
  const startSeconds = Number(report.format.start_time) || 0
  const declared = seconds(report.format.duration) ?? (picture && streamSeconds(picture)) ?? (recorded && recorded - startSeconds)
  const isEstimate = !picture && ESTIMATED.test(report.format.format_name)
  const durationSeconds = (!isEstimate && declared) || (await countSeconds(tools, url, signal))
  const pictureSeconds =
    picture && (await pictureEnd(tools, url, signal, { startSeconds, durationSeconds: streamSeconds(picture) ?? durationSeconds, far }))
  const video = picture && pictureSeconds ? pictureFacts(picture, pictureSeconds) : null
  // Stills with sound, and sound that goes on: what is declared is believed once the last packet confirms it.
  const declaredSound = readable.reduce((latest, stream) => Math.max(latest, streamSeconds(stream) ?? durationSeconds), 0)
  const soundEnd = video && declaredSound > video.durationSeconds + OUTLASTS_SECONDS ? fragments ? declaredSound + startSeconds : await farSoundEnd(tools, url, signal) : null
  const outlasted = video && soundEnd ? Math.min(declaredSound, soundEnd - startSeconds) - video.durationSeconds : 0
  const fields =
    picture && video && mayHideFields(picture, video.frameRate.num / video.frameRate.den)
      ? await findFields(tools, url, { durationSeconds: video.durationSeconds, fragmented }, signal)
      : null
  return MediaInfo.parse({
    container: report.format.format_name.slice(0, 100),
    durationSeconds,
    sizeBytes,
    bitrateBps: integer(report.format.bit_rate),
    indexed: recorded === null && !fragments && INDEXED.test(report.format.format_name),
    fragmented,
    video: video && {
      ...video,
      ...(fields && { interlaced: true, unmarkedFields: fields }),
      ...(outlasted > OUTLASTS_SECONDS && { outlastedSeconds: outlasted }),
    },
    audio: sound.flatMap((stream, index) => (isKnown(stream) ? [soundFacts(stream, index)] : [])).slice(0, MAX_SOUNDS),
    subtitles: subtitleFacts(report.streams),
    chapters: chapterFacts(report.chapters, { startSeconds, durationSeconds }),
  })
}

const endOf = (stream: Stream) => (Number(stream.start_time) || 0) + (streamSeconds(stream) ?? 0)
const isMoving = (stream: Stream) => stream.codec_type === 'video' && !stream.disposition?.attached_pic
const isKnown = ({ codec_name }: Stream) => codec_name !== undefined && codec_name !== 'unknown'

/**
 * The first stream of moving pictures. Throws permanent `picture_unreadable` where there are some, but none that we can read;
 * `source_empty` where they hold nothing.
 */
async function pictureOf({ streams, format }: Report, count: () => Promise<number>): Promise<Stream | undefined> {
  const pictures = streams.filter(isMoving)
  const readable = pictures.find((stream) => isKnown(stream) && stream.width && stream.height && (stream.pix_fmt ?? 'unknown') !== 'unknown')
  if (readable || pictures.length === 0) return readable
  if (!seconds(format.duration)) await count()
  throw new JobFailure('permanent', 'picture_unreadable', 'The picture cannot be read: it is damaged, too large, or of a kind we do not know.')
}
