import type { PlaybackSession, PlayerPage } from '@avocet/shared/playback'
import { element } from './element.ts'

/** The <video> with its caption tracks and the storyboard, as the preset wants it. */
export function makeVideo({ preset, title }: PlayerPage, session: PlaybackSession): HTMLVideoElement {
  const video = element('video', { slot: 'media', playsinline: '', preload: 'none', 'aria-label': title || 'Video' })
  video.loop = preset.loop
  // Browsers start nothing by itself but a muted video.
  video.muted = preset.muted || preset.autoplay
  const shown = session.captions.find((caption) => caption.default) ?? (preset.captions_default ? session.captions[0] : undefined)
  for (const caption of session.captions) {
    const track = element('track', { kind: 'subtitles', src: caption.url, srclang: caption.language, label: caption.label })
    track.default = caption === shown
    video.append(track)
  }
  if (session.storyboard) video.append(element('track', { kind: 'metadata', label: 'thumbnails', src: session.storyboard, default: '' }))
  return video
}

/** After a renewal: the storyboard's sheets are addressed relative to its track, and captions not yet loaded need the new token too. */
export function readdressTracks(video: HTMLVideoElement, fresh: (url: string) => string): void {
  for (const track of video.querySelectorAll('track')) {
    if (track.kind === 'metadata' || track.readyState === HTMLTrackElement.NONE) track.src = fresh(track.src)
  }
}
