import type { Engine, EngineStart } from './engine.ts'
import { PlaybackFailure } from './errors.ts'

/** The browser's own HLS. It offers no choice of rendition; `audioTracks` is its own. */
export function attachNative({ video, keeper, onReady, onFailure }: EngineStart): Engine {
  const load = () => {
    video.src = keeper.current.master_m3u8
  }
  const onError = async () => {
    const { code, message } = video.error ?? { code: 0, message: '' }
    if (code === MediaError.MEDIA_ERR_DECODE) return onFailure(new PlaybackFailure('media', message))
    if (!keeper.mayRenew()) return onFailure(new PlaybackFailure('network', message))
    // Most likely the token in its addresses has expired: take a new one and go on where the picture stopped.
    const { currentTime, paused } = video
    try {
      await keeper.renew()
    } catch {
      return onFailure(new PlaybackFailure('network', message))
    }
    load()
    video.currentTime = currentTime
    if (!paused) void video.play().catch(() => {})
  }
  video.addEventListener('error', onError)
  video.addEventListener('loadedmetadata', onReady, { once: true })
  video.preload = 'metadata'
  load()
  return {
    begin: () => {},
    destroy() {
      video.removeEventListener('error', onError)
      video.removeAttribute('src')
      video.load()
    },
  }
}
