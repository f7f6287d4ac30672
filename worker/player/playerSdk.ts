/**
 * Lets the framing page steer the player by the messages of api.video's player SDK (contract apivideo.md, section 16). Only the page that
 * frames us is listened to. What it asks that we have no word for (advertisements, limits of quality) is passed over.
 */
export interface Steered {
  root: HTMLElement
  video: HTMLVideoElement
  durationSeconds: () => number
}

type Message = Record<string, unknown> & { message: string }
const EVENTS: Record<string, string> = { play: 'play', pause: 'pause', ended: 'ended', error: 'error', seeking: 'seeking', ratechange: 'ratechange' }
/** The parts it names that may be changed from outside, and what of them. */
const STYLES: Record<string, readonly string[]> = { video: ['transform', 'object-fit'] }

/** Who the SDK says it is, from `#api;sdkOrigin:<base64>;sdkPlayerId:<n>`; null where the address names no SDK. */
export function sdkIn(hash: string): { playerId: number; origin: string } | null {
  const words = new Map(hash.slice(1).split(';').map((word) => [word.split(':', 1)[0] ?? '', word.slice(word.indexOf(':') + 1)]))
  const playerId = Number(words.get('sdkPlayerId'))
  if (!words.has('api') || !Number.isSafeInteger(playerId)) return null
  try {
    return { playerId, origin: new URL(atob(words.get('sdkOrigin') ?? '')).origin }
  } catch {
    return { playerId, origin: '*' }
  }
}

/** Answers from now on, and says `sdkSync` and `ready`. */
export function speakSdk({ playerId, origin }: { playerId: number; origin: string }, { root, video, durationSeconds }: Steered): void {
  // Pages without an origin of their own can be addressed only as anyone.
  const target = origin === 'null' ? '*' : origin
  const post = (message: object) => window.parent !== window && window.parent.postMessage({ sdkPlayerId: playerId, ...message }, target)
  const tell = (type: string, more: object = {}) => post({ type, ...more })
  const show = (selector: string, shown: boolean) => {
    for (const part of root.querySelectorAll<HTMLElement>(selector)) part.style.display = shown ? '' : 'none'
  }
  const controls = (shown: boolean) => {
    show('media-control-bar', shown)
    tell(shown ? 'controlsenabled' : 'controlsdisabled')
  }
  const subtitles = (shown: boolean) => {
    const tracks = [...video.textTracks].filter(({ kind }) => kind === 'captions' || kind === 'subtitles')
    for (const [at, track] of tracks.entries()) track.mode = shown && at === 0 ? 'showing' : 'disabled'
  }
  const quietly = (asked: Promise<unknown> | undefined) => void asked?.catch(() => {})
  const methods: Record<string, (message: Message) => unknown> = {
    play: () => quietly(video.play()),
    pause: () => video.pause(),
    destroy: () => video.pause(),
    mute: () => set(video, 'muted', true),
    unmute: () => set(video, 'muted', false),
    seek: ({ seek }) => set(video, 'currentTime', clamp(video.currentTime + (Number(seek) || 0), 0, durationSeconds())),
    setCurrentTime: ({ currentTime }) => set(video, 'currentTime', clamp(currentTime, 0, durationSeconds())),
    setVolume: ({ volume }) => set(video, 'volume', clamp(volume, 0, 1)),
    setLoop: ({ loop }) => set(video, 'loop', loop === true),
    setAutoplay: ({ autoplay }) => set(video, 'autoplay', autoplay === true),
    setPlaybackRate: ({ rate }) => set(video, 'playbackRate', clamp(rate, 0.25, 4)),
    hideControls: () => controls(false),
    showControls: () => controls(true),
    hideTitle: () => show('.title', false),
    showTitle: () => show('.title', true),
    hidePoster: () => show('.poster', false),
    showPoster: () => show('.poster', true),
    hideSubtitles: () => subtitles(false),
    showSubtitles: () => subtitles(true),
    setChromeless({ chromeless }) {
      controls(chromeless !== true)
      show('.title', chromeless !== true)
    },
    setTheme: ({ theme }) => paint(root, theme),
    setStyleProperty({ query, property, value }) {
      if (STYLES[String(query)]?.includes(String(property))) video.style.setProperty(String(property), String(value))
    },
    requestFullscreen: () => quietly(root.requestFullscreen()),
    exitFullscreen: () => quietly(document.exitFullscreen()),
    requestPictureInPicture: () => quietly(video.requestPictureInPicture()),
    exitPictureInPicture: () => quietly(document.exitPictureInPicture()),
    loadConfig({ url }) {
      const next = URL.parse(String(url))
      if (next?.origin === location.origin) location.replace(next)
    },
    getPaused: () => video.paused,
    getPlaying: () => !video.paused && !video.ended,
    getMuted: () => video.muted,
    getDuration: durationSeconds,
    getCurrentTime: () => video.currentTime,
    getPlaybackRate: () => video.playbackRate,
    getVolume: () => video.volume,
    getLoop: () => video.loop,
    getVideoSize: () => ({ width: video.videoWidth, height: video.videoHeight }),
    isLiveStream: () => false,
    // The page does not know whether there is such a file.
    getMp4Url: () => null,
  }
  for (const [name, type] of Object.entries(EVENTS)) video.addEventListener(name, () => tell(type))
  video.addEventListener('play', () => tell('firstplay'), { once: true })
  video.addEventListener('timeupdate', () => tell('timeupdate', { currentTime: video.currentTime }))
  video.addEventListener('volumechange', () => tell('volumechange', { volume: video.volume }))
  video.addEventListener('resize', () => tell('qualitychange', { resolution: { height: video.videoHeight, width: video.videoWidth } }))
  for (const name of ['mouseenter', 'mouseleave']) root.addEventListener(name, () => tell(name))
  root.addEventListener('userinactivechange', ({ detail }: CustomEventInit<boolean>) => tell(detail ? 'userinactive' : 'useractive'))
  document.addEventListener('fullscreenchange', () => tell('fullscreenchange', { fullscreen: document.fullscreenElement !== null }))
  window.addEventListener('resize', () => {
    tell('resize')
    tell('playerresize')
  })
  window.addEventListener('message', ({ source, data }: MessageEvent) => {
    const asked = data as Partial<Message> | null
    if (source !== window.parent || asked?.sdkPlayerId !== playerId || typeof asked.message !== 'string' || !Object.hasOwn(methods, asked.message)) return
    post({ callbackId: asked.callbackId, arg: methods[asked.message]?.(asked as Message) })
  })
  tell('sdkSync')
  tell('ready')
}

/** Colours of the parts: `trackPlayed` is `--theme-track-played`. */
function paint(root: HTMLElement, theme: unknown): void {
  for (const [part, colour] of Object.entries(theme ?? {})) {
    const name = part.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    if (/^[a-z-]{1,30}$/.test(name) && CSS.supports('color', String(colour))) root.style.setProperty(`--theme-${name}`, String(colour))
  }
}

function set<K extends 'muted' | 'volume' | 'currentTime' | 'loop' | 'autoplay' | 'playbackRate'>(video: HTMLVideoElement, name: K, value: HTMLVideoElement[K]): void {
  video[name] = value
}
/** A number from a stranger, within bounds. */
const clamp = (value: unknown, least: number, most: number) => Math.min(most, Math.max(least, Number(value) || 0))
