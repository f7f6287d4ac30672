/** The controls: media-chrome's elements around a plain <video>. */
import 'media-chrome/dist/media-controller.js'
import 'media-chrome/dist/media-control-bar.js'
import 'media-chrome/dist/media-play-button.js'
import 'media-chrome/dist/media-mute-button.js'
import 'media-chrome/dist/media-volume-range.js'
import 'media-chrome/dist/media-time-range.js'
import 'media-chrome/dist/media-time-display.js'
import 'media-chrome/dist/media-preview-thumbnail.js'
import 'media-chrome/dist/media-preview-time-display.js'
import 'media-chrome/dist/media-preview-chapter-display.js'
import 'media-chrome/dist/media-captions-button.js'
import 'media-chrome/dist/media-pip-button.js'
import 'media-chrome/dist/media-fullscreen-button.js'
import 'media-chrome/dist/media-loading-indicator.js'
import 'media-chrome/dist/media-poster-image.js'
import 'media-chrome/dist/menu/media-settings-menu.js'
import 'media-chrome/dist/menu/media-settings-menu-button.js'
import 'media-chrome/dist/menu/media-settings-menu-item.js'
import 'media-chrome/dist/menu/media-playback-rate-menu.js'
import 'media-chrome/dist/menu/media-captions-menu.js'
import 'media-chrome/dist/menu/media-chrome-menu.js'
import 'media-chrome/dist/menu/media-chrome-menu-item.js'
import type { PlaybackSession, PlayerPage } from '@avocet/shared/playback'
import type { Engine } from './engine.ts'
import { explain, showError } from './errors.ts'
import { element } from './element.ts'
import { addShortcuts } from './keyboard.ts'
import { SessionKeeper } from './session.ts'
import { addWatermark } from './watermark.ts'

type SetState = (state: 'ready' | 'playing' | 'error') => void
const VIEW_SECONDS = 2
const SPEEDS = '0.5 0.75 1 1.25 1.5 1.75 2'

/** Builds the player into `root` and starts loading. */
export async function buildPlayer(root: HTMLElement, page: PlayerPage, session: PlaybackSession, setState: SetState): Promise<void> {
  const keeper = new SessionKeeper(page, session)
  const video = makeVideo(page, session)
  const controller = element('media-controller', { 'aria-label': page.title || 'Video player', ...(page.preset.controls ? {} : { nohotkeys: '' }) }, [video])
  const menus = page.preset.controls ? addControls(controller, page, session) : null
  if (page.preset.logo_url) controller.append(logo(page))
  root.replaceChildren(controller)
  if (page.watermark) addWatermark(controller, page.watermark)
  addShortcuts(controller, video)
  countView(video, keeper)
  const fail = (error: unknown) => {
    engine?.destroy()
    setState('error')
    showError(root, explain(error))
  }
  let engine: Engine | null = null
  const { attach } = await import('./engine.ts')
  engine = attach(video, keeper, {
    onReady: () => {
      if (engine && menus) fillMenus(menus, engine)
      setState('ready')
    },
    // A stream refused mid-play: ask why, so that the viewer reads the reason and not a number.
    onError: (error) => void keeper.renew().then(() => fail(error), fail),
  })
  video.addEventListener('playing', () => setState('playing'))
  if (page.preset.autoplay) void video.play().catch(() => {})
}

function makeVideo({ preset }: PlayerPage, session: PlaybackSession): HTMLVideoElement {
  const video = element('video', { slot: 'media', playsinline: '', preload: 'auto', crossorigin: 'anonymous' }) as HTMLVideoElement
  video.loop = preset.loop
  video.muted = preset.muted
  if (session.poster) video.poster = session.poster
  for (const caption of session.captions) {
    const track = element('track', { kind: 'subtitles', src: caption.url, srclang: caption.language, label: caption.label }) as HTMLTrackElement
    track.default = caption.default && preset.captions_default
    video.append(track)
  }
  if (session.storyboard) video.append(element('track', { kind: 'metadata', label: 'thumbnails', src: session.storyboard, default: '' }))
  return video
}

interface Menus {
  quality: HTMLElement
  audio: HTMLElement
}

function addControls(controller: HTMLElement, { preset }: PlayerPage, session: PlaybackSession): Menus {
  const quality = submenu('Quality')
  const audio = submenu('Audio')
  const settings = element('media-settings-menu', { hidden: '', anchor: 'auto' }, [menuItem('Quality', quality)])
  if (preset.speed_menu) settings.append(menuItem('Speed', submenu('Speed', 'media-playback-rate-menu', { rates: SPEEDS })))
  if (session.captions.length > 0) settings.append(menuItem('Captions', submenu('Captions', 'media-captions-menu')))
  settings.append(menuItem('Audio', audio))
  controller.append(
    element('media-loading-indicator', { slot: 'centered-chrome', noautohide: '' }),
    element('media-play-button', { slot: 'centered-chrome', class: 'big-play' }),
    settings,
    element('media-control-bar', { class: 'seek' }, [element('media-time-range')]),
    element('media-control-bar', {}, [
      element('media-play-button'),
      element('media-mute-button'),
      element('media-volume-range'),
      element('media-time-display', { showduration: '' }),
      element('span', { class: 'spacer' }),
      ...(session.captions.length > 0 ? [element('media-captions-button')] : []),
      element('media-settings-menu-button'),
      element('media-pip-button'),
      element('media-fullscreen-button'),
    ]),
  )
  return { quality, audio }
}

function menuItem(label: string, menu: HTMLElement): HTMLElement {
  return element('media-settings-menu-item', { 'data-menu': label.toLowerCase() }, [label, menu])
}

function submenu(title: string, tag = 'media-chrome-menu', attributes: Record<string, string> = {}): HTMLElement {
  return element(tag, { slot: 'submenu', hidden: '', ...attributes }, [element('div', { slot: 'title' }, [title])])
}

function fillMenus({ quality, audio }: Menus, engine: Engine): void {
  choices(quality, engine.qualities().map(({ index, label }) => ({ index, label, active: index === -1 })), (index) => engine.setQuality(index))
  const tracks = engine.audioTracks()
  const item = audio.closest('media-settings-menu-item') as HTMLElement
  item.hidden = tracks.length < 2
  choices(audio, tracks, (index) => engine.setAudioTrack(index))
}

function choices(menu: HTMLElement, items: { index: number; label: string; active: boolean }[], choose: (index: number) => void): void {
  for (const old of menu.querySelectorAll('media-chrome-menu-item')) old.remove()
  for (const { index, label, active } of items) {
    const item = element('media-chrome-menu-item', { type: 'radio', value: String(index), 'aria-checked': String(active) }, [label])
    item.addEventListener('click', () => choose(index))
    menu.append(item)
  }
}

function logo({ preset }: PlayerPage): HTMLElement {
  const image = element('img', { src: preset.logo_url ?? '', alt: '' })
  return preset.logo_link
    ? element('a', { slot: 'top-chrome', class: 'logo', href: preset.logo_link, target: '_blank', rel: 'noopener noreferrer', 'aria-label': 'Visit the site' }, [image])
    : element('span', { slot: 'top-chrome', class: 'logo' }, [image])
}

/** A view counts once a session, after two seconds really played. */
function countView(video: HTMLVideoElement, keeper: SessionKeeper): void {
  let [played, last] = [0, 0]
  const count = () => {
    const step = video.currentTime - last
    last = video.currentTime
    if (step > 0 && step < 1.5) played += step
    if (played < VIEW_SECONDS) return
    video.removeEventListener('timeupdate', count)
    navigator.sendBeacon(`/p/${keeper.current.playlist_token}/beacon`, JSON.stringify({ type: 'view' }))
  }
  video.addEventListener('timeupdate', count)
}
