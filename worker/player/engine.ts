/** What plays the stream. Another engine can take its place: it feeds the <video>, and offers its choices as `videoRenditions` and `audioTracks` on it. */
import type { PlaybackFailure } from './errors.ts'
import type { Refused, SessionKeeper } from './session.ts'

export interface EngineStart {
  video: HTMLVideoElement
  keeper: SessionKeeper
  /** The stream is known and can be started. */
  onReady(): void
  /** Playback has stopped for good. The engine has tried what it can. */
  onFailure(failure: PlaybackFailure | Refused): void
}

export interface Engine {
  /** Starts fetching media; before it only the multivariant playlist is read. Calling it again does nothing. */
  begin(): void
  destroy(): void
}

export type AttachEngine = (start: EngineStart) => Engine

/** The engine this browser needs. Safari plays HLS itself, with AirPlay; Chromium claims to, but stalls on growing playlists (seen late 2025). */
export async function loadEngine(): Promise<AttachEngine> {
  const claimsHls = document.createElement('video').canPlayType('application/vnd.apple.mpegurl') !== ''
  const hasMediaSource = 'MediaSource' in window || 'ManagedMediaSource' in window
  if (claimsHls && (navigator.vendor.startsWith('Apple') || !hasMediaSource)) return (await import('./nativeEngine.ts')).attachNative
  return (await import('./hlsEngine.ts')).attachHls
}
