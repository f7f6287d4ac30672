/** Lets the framing page steer the player by player.js messages. Only the page that frames us is listened to. */
import { fromParent, tellParent } from './parentFrame.ts'

type Method = (value: unknown) => unknown
/** What our events are called in the messages, and what they say. */
const EVENTS: Record<string, string> = { play: 'play', pause: 'pause', ended: 'ended', timeupdate: 'timeupdate', progress: 'progress', seeked: 'seeked', volumechange: 'volumechange' }

/** Answers from now on, and says `ready`. */
export function speakPlayerJs(video: HTMLVideoElement, durationSeconds: () => number): void {
  /** Who asked for an event: its listener's name, or '' for an unnamed one. */
  const listeners = new Map<string, Set<string>>()
  const set = <K extends 'muted' | 'volume' | 'currentTime' | 'loop' | 'playbackRate'>(name: K, value: HTMLVideoElement[K]) => {
    video[name] = value
  }
  const methods: Record<string, Method> = {
    play: () => void video.play().catch(() => {}),
    pause: () => video.pause(),
    getPaused: () => video.paused,
    mute: () => set('muted', true),
    unmute: () => set('muted', false),
    getMuted: () => video.muted,
    setVolume: (value) => set('volume', clamp(value, 0, 100) / 100),
    getVolume: () => Math.round(video.volume * 100),
    getDuration: durationSeconds,
    setCurrentTime: (value) => set('currentTime', clamp(value, 0, durationSeconds())),
    getCurrentTime: () => video.currentTime,
    setLoop: (value) => set('loop', value === true),
    getLoop: () => video.loop,
    setPlaybackRate: (value) => set('playbackRate', clamp(value, 0.25, 4)),
    getPlaybackRate: () => video.playbackRate,
  }
  const ready = {
    src: location.href,
    events: ['ready', 'error', ...Object.values(EVENTS)],
    methods: [...Object.keys(methods), 'addEventListener', 'removeEventListener'],
  }
  const details = (event: string) => {
    if (event === 'timeupdate' || event === 'seeked') return { seconds: video.currentTime, duration: durationSeconds() }
    if (event === 'progress') return { seconds: video.buffered.length > 0 ? video.buffered.end(video.buffered.length - 1) : 0, duration: durationSeconds() }
    return undefined
  }
  for (const [name, event] of Object.entries(EVENTS)) {
    video.addEventListener(name, () => {
      for (const listener of listeners.get(event) ?? []) tellParent(event, details(event), listener || undefined)
    })
  }
  window.addEventListener('message', (event) => {
    const message = fromParent(event)
    if (!message) return
    const { origin } = event
    const { method, value, listener = '' } = message
    if (method === 'addEventListener') {
      const event = String(value)
      listeners.set(event, (listeners.get(event) ?? new Set()).add(listener))
      if (event === 'ready') tellParent('ready', ready, listener || undefined, origin)
    } else if (method === 'removeEventListener') {
      if (listener) listeners.get(String(value))?.delete(listener)
      else listeners.delete(String(value))
    } else if (Object.hasOwn(methods, method)) {
      const result = methods[method]?.(value)
      if (method.startsWith('get')) tellParent(method, result, listener || undefined, origin)
    } else tellParent('error', { code: 2, msg: `There is no method ${method}.` }, listener || undefined, origin)
  })
  tellParent('ready', ready)
}

/** A number from a stranger, within bounds. */
const clamp = (value: unknown, least: number, most: number) => Math.min(most, Math.max(least, Number(value) || 0))
