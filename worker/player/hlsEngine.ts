import type { ErrorData, HlsConfig, LoadPolicy } from 'hls.js'
import Hls from 'hls.js'
import type { Engine, EngineStart } from './engine.ts'
import { PlaybackFailure } from './errors.ts'
import { levelOf, qualitiesOf, type Quality } from './qualities.ts'
import { Refused, type SessionKeeper } from './session.ts'
import { exposeAudioTracks, exposeRenditions } from './trackLists.ts'

const BUFFER_SECONDS = 30
const KEPT_SECONDS = 60
/** Statuses that speak of the viewer's right, not of the file. */
const REFUSALS = new Set([401, 403, 410])
const MAX_RECOVERIES = 3
/** A minute of undisturbed play, and earlier recoveries no longer count. */
const STEADY_MS = 60_000

/** hls.js over Media Source Extensions. */
export function attachHls({ video, keeper, onReady, onFailure }: EngineStart): Engine {
  const hls = new Hls(configOf(keeper))
  let qualities: Quality[] = []
  const fillRenditions = exposeRenditions(video, (index) => {
    const quality = qualities[index]
    // nextLevel replaces what is buffered ahead, so that a choice shows within a segment.
    hls.nextLevel = quality ? levelOf(quality, hls.levels, hls.levels[hls.currentLevel] ?? hls.levels[hls.firstLevel]) : -1
  })
  const fillAudio = exposeAudioTracks(video, (index) => {
    hls.audioTrack = index
  })
  let begun = false
  /** Where loading starts once the playlists are there, in seconds; a growing EVENT playlist would otherwise start at its end. */
  let startAt = 0
  let recoveries = 0
  let recoveredAt = 0

  const begin = () => {
    begun = true
    if (hls.levels.length > 0) hls.startLoad(startAt || video.currentTime)
  }
  const open = () => {
    const { master_m3u8, duration } = keeper.current
    hls.loadSource(master_m3u8)
    // While a video is still being encoded its playlists are shorter than it will be; the time bar shows the whole from the start.
    hls.attachMedia({ media: video, ...(duration ? { overrides: { duration } } : {}) })
  }
  /** Starts over at the same picture, in a new session: the old one's encode may have been replaced. */
  const reopen = async () => {
    const { currentTime, paused } = video
    await keeper.renew()
    hls.detachMedia()
    startAt = currentTime
    open()
    if (!paused) void video.play().catch(() => {})
  }
  hls.on(Hls.Events.MANIFEST_PARSED, () => {
    qualities = qualitiesOf(hls.levels)
    fillRenditions(qualities.map(({ width, height, bitrate }) => ({ width, height, bitrate })))
    onReady()
    if (begun) begin()
  })
  const showAudio = () => {
    const tracks = hls.audioTracks.map(({ name, lang }) => ({ label: name, language: lang ?? '' }))
    fillAudio(tracks, Math.max(0, hls.audioTrack))
  }
  hls.on(Hls.Events.AUDIO_TRACKS_UPDATED, showAudio)
  hls.on(Hls.Events.AUDIO_TRACK_SWITCHED, showAudio)
  hls.on(Hls.Events.ERROR, (_, data) => {
    if (!data.fatal) return
    if (performance.now() - recoveredAt > STEADY_MS) recoveries = 0
    recoveries += 1
    recoveredAt = performance.now()
    const giveUp = () => onFailure(new PlaybackFailure(data.type === Hls.ErrorTypes.NETWORK_ERROR ? 'network' : 'media', data.details))
    const refusal = refusalIn(data)
    if (refusal && !keeper.mayRenew()) onFailure(refusal)
    else if (recoveries > MAX_RECOVERIES) giveUp()
    else reopen().catch(giveUp)
  })
  open()
  return { begin: () => begun || begin(), destroy: () => hls.destroy() }
}

/** What the server said with a refused load: a new session may be granted, and its keys denied all the same. */
function refusalIn({ response, networkDetails }: ErrorData): Refused | null {
  const { response: body } = (networkDetails ?? {}) as { response?: unknown }
  if (!REFUSALS.has(response?.code ?? 0)) return null
  try {
    return new Refused(response?.code ?? 0, JSON.parse(body instanceof ArrayBuffer ? new TextDecoder().decode(body) : String(body)))
  } catch {
    return null
  }
}

function configOf(keeper: SessionKeeper): Partial<HlsConfig> {
  const { keyLoadPolicy, manifestLoadPolicy, playlistLoadPolicy, fragLoadPolicy } = Hls.DefaultConfig
  return {
    autoStartLoad: false,
    startPosition: 0,
    // Segments are fragmented MP4 and pass through; decryption is the browser's own. A worker would only cost its start.
    enableWorker: false,
    maxBufferLength: BUFFER_SECONDS,
    maxMaxBufferLength: 2 * BUFFER_SECONDS,
    backBufferLength: KEPT_SECONDS,
    // Until throughput is measured: enough for 720p, which is sharp on most screens.
    abrEwmaDefaultEstimate: 2_500_000,
    capLevelToPlayerSize: true,
    async xhrSetup(xhr, url) {
      await keeper.settled()
      xhr.open('GET', keeper.fresh(url), true)
    },
    keyLoadPolicy: renewing(keyLoadPolicy, keeper),
    manifestLoadPolicy: renewing(manifestLoadPolicy, keeper),
    playlistLoadPolicy: renewing(playlistLoadPolicy, keeper),
    fragLoadPolicy: renewing(fragLoadPolicy, keeper),
  }
}

/** Where the server refuses the token, the load is tried again under a new one; where that is refused too, `SessionKeeper` has said why. */
function renewing({ default: policy }: LoadPolicy, keeper: SessionKeeper): LoadPolicy {
  const errorRetry = { ...(policy.errorRetry ?? { maxNumRetry: 1, maxRetryDelayMs: 0 }), retryDelayMs: 500 }
  return {
    default: {
      ...policy,
      errorRetry: {
        ...errorRetry,
        shouldRetry(_config, _count, _isTimeout, response, retry) {
          if (!REFUSALS.has(response?.code ?? 0)) return retry
          if (!keeper.mayRenew()) return false
          keeper.renew().catch(() => {})
          return true
        },
      },
    },
  }
}
