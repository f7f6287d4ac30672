import type { Beacon } from '@avocet/shared/playback'

const VIEW_SECONDS = 2
/** Longer steps between two timeupdates (about 4 a second) are seeks. */
const LONGEST_STEP_SECONDS = 1

/** Calls `report` once, after two seconds of the picture have really been played. */
export function countView(video: HTMLVideoElement, report: () => void): void {
  let playedSeconds = 0
  let lastSeconds = video.currentTime
  const count = () => {
    const step = video.currentTime - lastSeconds
    lastSeconds = video.currentTime
    if (step > 0 && step <= LONGEST_STEP_SECONDS * Math.max(1, video.playbackRate)) playedSeconds += step
    if (playedSeconds < VIEW_SECONDS) return
    video.removeEventListener('timeupdate', count)
    report()
  }
  video.addEventListener('timeupdate', count)
}

/** Tells the server of a view; survives the page being closed. */
export function sendView(playlistToken: string): void {
  const beacon: Beacon = { type: 'view' }
  navigator.sendBeacon(`/p/${playlistToken}/beacon`, JSON.stringify(beacon))
}
