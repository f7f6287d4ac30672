/** Puts the player together once its session is open: picture, controls, engine, and what lies over them. */
import type { PlaybackSession, PlayerPage } from '@avocet/shared/playback'
import { reportPlayback } from './beacon.ts'
import { addControls } from './controls.ts'
import { element } from './element.ts'
import type { AttachEngine, Engine } from './engine.ts'
import { addShortcuts } from './keyboard.ts'
import type { PlayerState } from './player.ts'
import { speakPlayerJs } from './playerJs.ts'
import { sdkIn, speakSdk } from './playerSdk.ts'
import { keepSession } from './session.ts'
import { makeVideo, readdressTracks } from './video.ts'
import { addWatermark } from './watermark.ts'

export interface Mounting {
  root: HTMLElement
  page: PlayerPage
  session: PlaybackSession
  attach: AttachEngine
  setState(state: PlayerState): void
  fail(error: unknown): void
}

/** Builds the player into `root` and gets it ready to play. */
export function mount({ root, page, session, attach, setState, fail }: Mounting): void {
  const { preset } = page
  const video = makeVideo(page, session)
  let stopped = false
  const stop = (reason: Error) => {
    if (stopped) return
    stopped = true
    reporter.failed(reason)
    keeper.close()
    engine.destroy()
    removeWatermark?.()
    fail(reason)
  }
  const keeper = keepSession(page, session, { onRenewed: () => readdressTracks(video, keeper.fresh), onRefused: stop })
  const reporter = reportPlayback(video, keeper)
  const engine = attach({
    video,
    keeper,
    onReady() {
      if (root.dataset.state === 'loading') setState('ready')
    },
    // A withdrawn right has shown its own reason by now: engines ask for a new session before they give up.
    onFailure: stop,
  })
  const controller = addControls(root, video, page, session)
  if (page.logo) root.append(logo(page.logo))
  const removeWatermark = page.watermark ? addWatermark(root, page.watermark) : null
  const durationSeconds = () => (Number.isFinite(video.duration) ? video.duration : (session.duration ?? 0))
  addShortcuts(controller, video, durationSeconds)
  video.addEventListener('playing', () => setState('playing'))
  // Also what stops the engine pauses the video.
  video.addEventListener('pause', () => stopped || setState('ready'))
  if (preset.steerable) speakPlayerJs(video, durationSeconds)
  const sdk = preset.steerable ? sdkIn(location.hash) : null
  if (sdk) speakSdk(sdk, { root, video, durationSeconds })
  beginOnIntent(root, video, engine, preset.autoplay || !session.poster)
  if (preset.autoplay) {
    if (!preset.muted) root.append(unmuteButton(video))
    void video.play().catch(() => {})
  }
}

/** Nothing of the video is fetched for a page that merely shows the player: a hand on it starts that, or pressing play. */
function beginOnIntent(root: HTMLElement, video: HTMLVideoElement, engine: Engine, atOnce: boolean): void {
  if (atOnce) return engine.begin()
  const begin = () => engine.begin()
  for (const sign of ['pointerenter', 'pointerdown', 'focusin', 'keydown']) root.addEventListener(sign, begin, { once: true })
  for (const sign of ['play', 'seeking']) video.addEventListener(sign, begin, { once: true })
}

/** Autoplay starts muted; one tap brings the sound. */
function unmuteButton(video: HTMLVideoElement): HTMLElement {
  const button = element('button', { type: 'button', class: 'unmute' }, ['Tap for sound'])
  button.addEventListener('click', () => {
    video.muted = false
  })
  video.addEventListener('volumechange', () => video.muted || button.remove())
  return button
}

function logo({ src, link }: NonNullable<PlayerPage['logo']>): HTMLElement {
  const image = element('img', { src, alt: '' })
  return link
    ? element(
        'a',
        { class: 'logo', href: link, target: '_blank', rel: 'noopener noreferrer', 'aria-label': `Visit ${new URL(link).hostname}` },
        [image],
      )
    : element('span', { class: 'logo' }, [image])
}
