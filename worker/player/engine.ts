/** What plays the stream, behind the few verbs the player needs, so that another engine can take its place. */
import type { PlaybackFailure } from './errors.ts'
import type { SessionKeeper } from './session.ts'
import type { AudioChoice, Rendition } from './trackLists.ts'

export interface EngineStart {
  video: HTMLVideoElement
  keeper: SessionKeeper
  onReady(streams: { renditions: Rendition[]; audio: AudioChoice[]; selectedAudio: number }): void
  /** Playback has stopped for good. The engine has tried what it can. */
  onFailure(failure: PlaybackFailure): void
}

export interface Engine {
  /** Starts fetching media; before it only the multivariant playlist is read. Calling it again does nothing. */
  begin(): void
  /** An index into the renditions of `onReady`; -1: chosen by measured throughput. */
  setRendition(index: number): void
  setAudio(index: number): void
  destroy(): void
}

/** Safari plays HLS itself, with AirPlay; Chromium claims to, but stalls on growing playlists (seen late 2025), so it gets hls.js. */
export function playsNatively(video: HTMLVideoElement): boolean {
  const claims = video.canPlayType('application/vnd.apple.mpegurl') !== ''
  return claims && (navigator.vendor.startsWith('Apple') || !('MediaSource' in window || 'ManagedMediaSource' in window))
}
