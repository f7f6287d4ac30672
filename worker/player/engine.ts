/** hls.js behind the few verbs the player needs, so that another engine can take its place. */
import Hls from 'hls.js'
import type { HlsConfig, LoaderCallbacks, LoaderConfiguration, LoaderContext } from 'hls.js'
import { Refused, type SessionKeeper } from './session.ts'

export interface Quality {
  /** -1: chosen by the player from measured throughput. */
  index: number
  label: string
}

export interface Engine {
  qualities(): Quality[]
  setQuality(index: number): void
  audioTracks(): { index: number; label: string; active: boolean }[]
  setAudioTrack(index: number): void
  destroy(): void
}

export interface EngineEvents {
  onReady(): void
  onError(error: unknown): void
}

/** Attaches the stream to the element. Safari plays HLS itself; everyone else through Media Source Extensions. */
export function attach(video: HTMLVideoElement, keeper: SessionKeeper, events: EngineEvents): Engine {
  const url = keeper.current.master_m3u8
  if (!Hls.isSupported()) return native(video, url, events)
  const hls = new Hls({ ...settings, loader: renewingLoader(keeper) })
  hls.on(Hls.Events.MANIFEST_PARSED, () => events.onReady())
  let recovered = false
  hls.on(Hls.Events.ERROR, (_, data) => {
    if (!data.fatal) return
    if (data.type === Hls.ErrorTypes.MEDIA_ERROR && !recovered) {
      recovered = true
      return hls.recoverMediaError()
    }
    events.onError(data.response?.code ? refusalOf(data.response.code) : data.error)
  })
  hls.loadSource(url)
  hls.attachMedia(video)
  return {
    qualities: () => [
      { index: -1, label: 'Auto' },
      ...hls.levels.map((level, index) => ({ index, label: `${Math.min(level.width, level.height)}p`, pixels: level.width * level.height })).sort((a, b) => b.pixels - a.pixels),
    ],
    setQuality: (index) => {
      // nextLevel replaces what is buffered ahead, so that a choice shows within a segment.
      hls.nextLevel = index
    },
    audioTracks: () => hls.audioTracks.map((track, index) => ({ index, label: track.name, active: index === hls.audioTrack })),
    setAudioTrack: (index) => {
      hls.audioTrack = index
    },
    destroy: () => hls.destroy(),
  }
}

/** A growing EVENT playlist starts at its beginning, like a finished one. */
const settings: Partial<HlsConfig> = {
  startPosition: 0,
  enableWorker: false,
  capLevelToPlayerSize: false,
  maxBufferLength: 30,
  backBufferLength: 60,
}

function native(video: HTMLVideoElement, url: string, events: EngineEvents): Engine {
  video.src = url
  video.addEventListener('loadedmetadata', () => events.onReady(), { once: true })
  video.addEventListener('error', () => events.onError(video.error))
  return { qualities: () => [], setQuality: () => {}, audioTracks: () => [], setAudioTrack: () => {}, destroy: () => video.removeAttribute('src') }
}

/** Loads everything under the newest token, and once more after a renewal when the server refuses the old one. */
function renewingLoader(keeper: SessionKeeper): HlsConfig['loader'] {
  const Base = Hls.DefaultConfig.loader
  return class extends Base {
    override load(context: LoaderContext, config: LoaderConfiguration, callbacks: LoaderCallbacks<LoaderContext>): void {
      const original = context.url
      const go = (onError: LoaderCallbacks<LoaderContext>['onError']) => {
        context.url = keeper.fresh(original)
        super.load(context, config, { ...callbacks, onError })
      }
      go((error, failed, details, stats) => {
        if (error.code !== 401 && error.code !== 403 && error.code !== 410) return callbacks.onError(error, failed, details, stats)
        keeper.renew().then(
          () => {
            const again = new Base(config as never)
            again.load({ ...context, url: keeper.fresh(original) }, config, callbacks)
          },
          () => callbacks.onError(error, failed, details, stats),
        )
      })
    }
  }
}

function refusalOf(status: number): unknown {
  if (status === 401 || status === 403) return new Refused('', 'playback_token_invalid', null)
  if (status === 410) return new Refused('', 'token_revoked', null)
  if (status === 404) return new Refused('', 'embed_not_found', null)
  return new Error(`status ${status}`)
}
