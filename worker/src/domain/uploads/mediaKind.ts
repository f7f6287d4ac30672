import { Fault } from '@avocet/shared/fault'

/** File name endings we take; what a file really is decides the probe. */
const EXTENSIONS = new Set(
  'mp4 m4v mov qt mkv webm avi wmv asf flv f4v mpg mpeg m2v ts mts m2ts vob ogv ogg 3gp 3g2 mxf gif m4a mp3 aac wav flac oga opus aif aiff wma ivf h264 hevc'.split(
    ' ',
  ),
)

/** Bytes of the start of a file that `refuseDisguise` looks at. */
export const SNIFF_BYTES = 4096

/** Lets a media file name pass, or throws unsupported_media (U06). A name without an ending passes. */
export function demandMediaName(filename: string): void {
  const ending = /\.([A-Za-z0-9]{1,10})$/.exec(filename)?.[1]?.toLowerCase()
  if (ending !== undefined && !EXTENSIONS.has(ending)) {
    throw new Fault('unsupported_media', `Files of type .${ending} are not video or audio.`, {
      reason: 'unsupported_media_type',
      extra: { accepted: [...EXTENSIONS] },
    })
  }
}

/** Things that are certainly no media, whatever their name says: they are refused before any decoder sees them (U41). */
const DISGUISES: readonly [string, RegExp][] = [
  ['a playlist', /^\s*#EXTM3U/],
  ['a concat script', /^\s*ffconcat\b/],
  ['a web page', /^\s*(?:<!doctype html|<html|<head|<body|<script)/i],
  ['an XML or SVG document', /^\s*(?:<\?xml|<svg|<!doctype svg)/i],
  ['a program', /^(?:MZ|\x7fELF|#!)/],
  ['a ZIP archive', /^PK\x03\x04/],
  ['a PDF document', /^%PDF-/],
]

/** Throws unprocessable `unsupported_media` when the first bytes are those of something else in disguise. */
export function refuseDisguise(head: Uint8Array): void {
  const text = new TextDecoder('latin1').decode(head).replace(/^\xef\xbb\xbf/, '')
  const found = DISGUISES.find(([, pattern]) => pattern.test(text))
  if (found) throw new Fault('unprocessable', `The file is ${found[0]}, not a video.`, { reason: 'unsupported_media' })
}
