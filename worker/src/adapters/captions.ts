import { Fault } from '@avocet/shared/fault'
import { timestamp } from '@avocet/shared/vtt'
import { parseText } from 'media-captions'
import type { CaptionParser } from '../domain/platform.ts'

const MAX_CUES = 50_000
const MAX_CUE_LENGTH = 10_000
/** Tags WebVTT gives a meaning to (WebVTT 3.3, "WebVTT cue text"); `c` and `lang` may carry classes and a tag. */
const ALLOWED_TAG = /^<\/?(?:b|i|u|ruby|rt|c(?:\.[A-Za-z0-9_-]+)*|v(?:\.[A-Za-z0-9_-]+)*(?: [^<>&]{1,100})?|lang(?: [A-Za-z0-9-]{1,35})?|\d\d:\d\d(?::\d\d)?\.\d{3})>/

/** media-captions reads WebVTT and SRT; what we keep is written anew, so that nothing of the input's markup, styles or regions survives by accident (A27). */
export const captionParser: CaptionParser = {
  async toCleanVtt(text) {
    const plain = text.replace(/^\ufeff/, '').replaceAll('\0', '')
    const type = /^WEBVTT(?:[ \t\r\n]|$)/.test(plain) ? 'vtt' : 'srt'
    const { cues } = await parseText(plain, { type, strict: false })
    const clean = cues
      .filter((cue) => Number.isFinite(cue.startTime) && Number.isFinite(cue.endTime) && cue.startTime >= 0 && cue.endTime > cue.startTime)
      .map((cue) => ({ start: cue.startTime, end: cue.endTime, text: cleanCueText(cue.text) }))
      .filter((cue) => cue.text !== '')
      .sort((a, b) => a.start - b.start)
    if (clean.length === 0) throw invalid('The file holds no subtitle cue.')
    if (clean.length > MAX_CUES) throw invalid(`A track has at most ${MAX_CUES} cues.`)
    if (clean.some((cue) => cue.text.length > MAX_CUE_LENGTH)) throw invalid('A cue is too long.')
    const body = clean.map((cue) => `${timestamp(cue.start)} --> ${timestamp(cue.end)}\n${cue.text}\n`)
    return { vtt: `WEBVTT\n\n${body.join('\n')}`, cues: clean.length }
  },
}

/** Cue text with known tags kept, everything else escaped; no blank line, which would end the cue, and no arrow, which would begin one. */
export function cleanCueText(text: string): string {
  let out = ''
  for (let at = 0; at < text.length; ) {
    const tag = text[at] === '<' ? ALLOWED_TAG.exec(text.slice(at, at + 150))?.[0] : undefined
    const entity = text[at] === '&' ? /^&(?:amp|lt|gt|nbsp|lrm|rlm);/.exec(text.slice(at, at + 8))?.[0] : undefined
    const kept = tag ?? entity ?? ESCAPES[text[at] as string] ?? (text[at] as string)
    out += kept
    at += (tag ?? entity)?.length ?? 1
  }
  return out
    .split(/\r\n|\r|\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n')
}

const ESCAPES: Record<string, string> = { '<': '&lt;', '>': '&gt;', '&': '&amp;' }

function invalid(message: string): Fault {
  return new Fault('unprocessable', message, { reason: 'invalid_subtitle' })
}
