/** Puts the player together once its session is open: picture, controls, engine, and what lies over them. */
import type { PlaybackSession, PlayerPage } from '@avocet/shared/playback'
import { addControls } from './controls.ts'
import { element } from './element.ts'
import { type Engine, type EngineStart, playsNatively } from './engine.ts'
import { addShortcuts } from './keyboard.ts'
import type { PlayerState } from './player.ts'
import { keepSession, Refused } from './session.ts'
import { exposeAudioTracks, exposeRenditions } from './trackLists.ts'
import { makeVideo, readdressTracks } from './video.ts'
import { countView, sendView } from './viewCount.ts'
import { addWatermark } from './watermark.ts'

export interface Mounting {
  root: HTMLElement
  page: PlayerPage
  session: PlaybackSession
  setState(state: PlayerState): void
  fail(error: unknown): void
}

/** Builds the player into `root` and gets it ready to play. */
export async function mount({ root, page, session, setState, fail }: Mounting): Promise<void> {
  const { preset } = page
  const video = makeVideo(page, session)
  const attaching = playsNatively(video)
    ? import('./nativeEngine.ts').then(({ attachNative }) => attachNative)
    : import('./hlsEngine.ts').then(({ attachHls }) => attachHls)
  const keeper = keepSession(page, session, () => readdressTracks(video, keeper.fresh))
  const controller = addControls(root, video, page, session)
  if (preset.logo_url) root.append(logo(preset.logo_url, preset.logo_link))
  if (page.watermark) addWatermark(root, page.watermark)
  addShortcuts(controller, video, () => (Number.isFinite(video.duration) ? video.duration : (session.duration ?? 0)))
  countView(video, () => sendView(keeper.current.playlist_token))
  video.addEventListener('playing', () => setState('playing'))
  video.addEventListener('pause', () => setState('ready'))

  const start: Omit<EngineStart, 'onReady'> = {
    video,
    keeper,
    async onFailure(failure) {
      // A stream that is refused mid-play: ask why, so that the viewer reads the reason and not a number.
      const reason = await keeper.renew().then(() => failure, (error) => (error instanceof Refused ? error : failure))
      engine.destroy()
      fail(reason)
    },
  }
  const attach = await attaching
  const engine = playsNatively(video) ? attach({ ...start, onReady: () => setState('ready') }) : attachWithMenus(attach, start, () => setState('ready'))
  beginOnIntent(root, video, engine, preset.autoplay || !session.poster)
  if (preset.autoplay) {
    addUnmute(root, video, preset.muted)
    void video.play().catch(() => {})
  }
}

/** Attaches an engine that offers a choice of picture and sound, and shows the choice to the menus. */
function attachWithMenus(attach: (start: EngineStart) => Engine, start: Omit<EngineStart, 'onReady'>, onReady: () => void): Engine {
  const fillRenditions = exposeRenditions(start.video, (index) => engine.setRendition(index))
  const fillAudio = exposeAudioTracks(start.video, (index) => engine.setAudio(index))
  const engine = attach({
    ...start,
    onReady({ renditions, audio, selectedAudio }) {
      fillRenditions(renditions)
      fillAudio(audio, selectedAudio)
      onReady()
    },
  })
  return engine
}

/** Nothing of the video is fetched for a page that merely shows the player: a hand on it starts that, or pressing play. */
function beginOnIntent(root: HTMLElement, video: HTMLVideoElement, engine: Engine, atOnce: boolean): void {
  if (atOnce) return engine.begin()
  const begin = () => engine.begin()
  for (const sign of ['pointerenter', 'pointerdown', 'focusin', 'keydown']) root.addEventListener(sign, begin, { once: true })
  for (const sign of ['play', 'seeking']) video.addEventListener(sign, begin, { once: true })
}

/** Autoplay starts muted; one tap brings the sound, unless the preset wants silence. */
function addUnmute(root: HTMLElement, video: HTMLVideoElement, wantsSilence: boolean): void {
  if (wantsSilence) return
  const button = element('button', { type: 'button', class: 'unmute' }, ['Tap for sound'])
  button.addEventListener('click', () => {
    video.muted = false
  })
  video.addEventListener('volumechange', () => video.muted || button.remove())
  root.append(button)
}

function logo(src: string, link: string | null): HTMLElement {
  const image = element('img', { src, alt: '' })
  return link
    ? element('a', { class: 'logo', href: link, target: '_blank', rel: 'noopener noreferrer', 'aria-label': `Visit ${new URL(link).hostname}` }, [image])
    : element('span', { class: 'logo' }, [image])
}
