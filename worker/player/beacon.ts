/** Tells the server of the viewing: all of it so far each time, so that nothing is lost with a lost beacon. */
import type { Beacon, ViewingEvent } from '@avocet/shared/beacon'
import type { SessionKeeper } from './session.ts'

const EVERY_MS = 60_000
/** A first word as soon as it counts as a view. */
const VIEW_SECONDS = 2
/** Most stretches, and most events, a beacon names (shared/src/beacon.ts). */
const MOST_STRETCHES = 100
const MOST_EVENTS = 100
/** Longer steps between two timeupdates (about 4 a second) are seeks. */
const LONGEST_STEP_SECONDS = 1
/** Seeks that follow each other faster are one: a hand on the time bar. */
const ONE_SEEK_MS = 1_000

export interface Reporter {
  /** The playback has ended by a failure. */
  failed(reason: Error): void
}

/** Watches `video` and reports when it has become a view, pauses, ends or is hidden, and every minute while it plays. Survives the page being closed. */
export function reportPlayback(video: HTMLVideoElement, keeper: SessionKeeper): Reporter {
  const said: Beacon = {
    watched: [],
    played: 0,
    startup_ms: null,
    stalls: 0,
    stalled_ms: 0,
    errors: [],
    renditions: {},
    events: [['ready', 0, 0]],
    referrer: document.referrer.slice(0, 500),
    metadata: metadataOf(location.search),
  }
  const openedAt = performance.now()
  let at = video.currentTime
  let stretch: [number, number] | null = null
  let wantedAt: number | null = null
  let stalledAt: number | null = null
  let lastSaid = ''
  let viewed = false
  let begun = false

  function say(): void {
    const watched = compact(said.watched).map(([from, to]): [number, number] => [round(from), round(to)])
    const renditions = Object.fromEntries(Object.entries(said.renditions).map(([height, seconds]) => [height, round(seconds)]))
    const text = JSON.stringify({ ...said, watched, played: round(said.played), renditions })
    if (text === lastSaid || (said.played === 0 && said.errors.length === 0)) return
    lastSaid = text
    navigator.sendBeacon(`/p/${keeper.current.playlist_token}/beacon`, text)
  }
  function step(): void {
    const seconds = video.currentTime - at
    at = video.currentTime
    if (seconds <= 0 || seconds > LONGEST_STEP_SECONDS * Math.max(1, video.playbackRate)) {
      stretch = null
      return
    }
    if (stretch) stretch[1] = at
    else {
      stretch = [at - seconds, at]
      said.watched.push(stretch)
    }
    said.played += seconds
    if (video.videoHeight > 0) said.renditions[video.videoHeight] = (said.renditions[video.videoHeight] ?? 0) + seconds
    if (!viewed && said.played >= VIEW_SECONDS) {
      viewed = true
      say()
    }
  }
  const sinceOpened = () => Math.round(performance.now() - openedAt)
  function keep(event: ViewingEvent): void {
    if (said.events.length >= MOST_EVENTS) said.events.pop()
    said.events.push(event)
  }
  const did = (kind: 'play' | 'resume' | 'pause' | 'end') => keep([kind, sinceOpened(), round(video.currentTime)])
  function seeking(): void {
    if (!begun) return
    const [kind, ms, position] = said.events.at(-1) ?? ['ready', 0, 0]
    const goesOn = kind.startsWith('seek') && sinceOpened() - ms < ONE_SEEK_MS
    if (goesOn) said.events.pop()
    const [from, to] = [goesOn ? position : round(at), round(video.currentTime)]
    if (from !== to) keep([to < from ? 'seek.backward' : 'seek.forward', sinceOpened(), from, to])
  }
  function running(): void {
    const now = performance.now()
    if (said.startup_ms === null && wantedAt !== null) said.startup_ms = Math.round(now - wantedAt)
    if (stalledAt !== null) said.stalled_ms += Math.round(now - stalledAt)
    stalledAt = null
  }
  video.addEventListener('play', () => {
    wantedAt ??= performance.now()
    did(begun ? 'resume' : 'play')
    begun = true
  })
  video.addEventListener('seeking', seeking)
  video.addEventListener('timeupdate', step)
  video.addEventListener('playing', running)
  video.addEventListener('waiting', () => {
    // Before the first picture it is the start that takes its time, and after a seek it is the seek.
    if (said.startup_ms === null || video.seeking || stalledAt !== null) return
    said.stalls += 1
    stalledAt = performance.now()
  })
  video.addEventListener('pause', () => {
    // At the end it is paused as well.
    if (!video.ended) did('pause')
    say()
  })
  video.addEventListener('ended', () => {
    did('end')
    say()
  })
  document.addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && say())
  window.addEventListener('pagehide', say)
  setInterval(() => video.paused || say(), EVERY_MS)
  return {
    failed(reason) {
      const code = 'code' in reason ? String(reason.code) : 'kind' in reason ? String(reason.kind) : reason.name
      if (said.errors.length < 5) said.errors.push(code.replace(/\W/g, '_').slice(0, 40) || 'unknown')
      say()
    },
  }
}

/** `metadata[name]=value` of the page's address, as the embedding page wrote it. */
function metadataOf(search: string): Beacon['metadata'] {
  const named = [...new URLSearchParams(search)].flatMap(([key, value]): Beacon['metadata'] => {
    const name = /^metadata\[(.{1,40})\]$/.exec(key)?.[1]
    return name ? [[name, value.slice(0, 200)]] : []
  })
  return named.slice(0, 10)
}

/** As few stretches as a beacon may have: the nearest neighbours become one. */
function compact(stretches: [number, number][]): [number, number][] {
  const sorted = stretches.map(([from, to]): [number, number] => [from, to]).sort(([a], [b]) => a - b)
  const joined: [number, number][] = []
  for (const one of sorted) {
    const last = joined.at(-1)
    if (last && one[0] <= last[1] + 0.01) last[1] = Math.max(last[1], one[1])
    else joined.push(one)
  }
  while (joined.length > MOST_STRETCHES) {
    let nearest = 1
    for (let index = 2; index < joined.length; index++) if (gap(joined, index) < gap(joined, nearest)) nearest = index
    const [, to] = joined.splice(nearest, 1)[0] as [number, number]
    ;(joined[nearest - 1] as [number, number])[1] = to
  }
  return joined
}

const gap = (stretches: [number, number][], index: number) => (stretches[index]?.[0] ?? 0) - (stretches[index - 1]?.[1] ?? 0)
const round = (seconds: number) => Math.round(seconds * 10) / 10
