/** The controls: media-chrome's elements around a plain <video>. Only those that are used are imported. */
import 'media-chrome/dist/media-captions-button.js'
import 'media-chrome/dist/media-control-bar.js'
import { MediaController } from 'media-chrome/dist/media-controller.js'
import 'media-chrome/dist/media-fullscreen-button.js'
import 'media-chrome/dist/media-loading-indicator.js'
import 'media-chrome/dist/media-mute-button.js'
import 'media-chrome/dist/media-pip-button.js'
import 'media-chrome/dist/media-play-button.js'
import 'media-chrome/dist/media-preview-thumbnail.js'
import 'media-chrome/dist/media-preview-time-display.js'
import 'media-chrome/dist/media-time-display.js'
import 'media-chrome/dist/media-time-range.js'
import 'media-chrome/dist/media-volume-range.js'
import 'media-chrome/dist/menu/media-audio-track-menu.js'
import 'media-chrome/dist/menu/media-captions-menu.js'
import 'media-chrome/dist/menu/media-playback-rate-menu.js'
import 'media-chrome/dist/menu/media-rendition-menu.js'
import 'media-chrome/dist/menu/media-settings-menu.js'
import 'media-chrome/dist/menu/media-settings-menu-button.js'
import 'media-chrome/dist/menu/media-settings-menu-item.js'
import type { PlaybackSession, PlayerPage } from '@avocet/shared/playback'
import { element } from './element.ts'

const SVG = 'http://www.w3.org/2000/svg'
const GEAR =
  'M10.2 5.0L10.5 2.5L13.5 2.5L13.8 5.0L15.7 5.8L17.7 4.2L19.8 6.3L18.2 8.3L19.0 10.2L21.5 10.5L21.5 13.5L19.0 13.8L18.2 15.7L19.8 17.7L17.7 19.8L15.7 18.2L13.8 19.0L13.5 21.5L10.5 21.5L10.2 19.0L8.3 18.2L6.3 19.8L4.2 17.7L5.8 15.7L5.0 13.8L2.5 13.5L2.5 10.5L5.0 10.2L5.8 8.3L4.2 6.3L6.3 4.2L8.3 5.8ZM12 15.2a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4Z'
const SPEEDS = '0.5 0.75 1 1.25 1.5 1.75 2'

/** Shows `video` in `root` inside its controls, as the preset wants them. */
export function addControls(
  root: HTMLElement,
  video: HTMLVideoElement,
  { preset, title }: PlayerPage,
  session: PlaybackSession,
): MediaController {
  const controller = new MediaController()
  // What a viewer chose on another video may not override this preset; a frame without storage must not throw.
  for (const name of ['nomutedpref', 'nosubtitleslangpref']) controller.setAttribute(name, '')
  controller.setAttribute('keyboardupvolumestep', '0.05')
  controller.setAttribute('keyboarddownvolumestep', '0.05')
  if (session.duration) controller.setAttribute('defaultduration', String(session.duration))
  if (preset.loop) controller.setAttribute('loop', '')
  controller.append(video)
  if (session.poster) controller.append(poster(session.poster))
  controller.append(
    element('media-loading-indicator', { slot: 'centered-chrome', noautohide: '' }),
    element('media-play-button', { slot: 'centered-chrome', class: 'start', notooltip: '' }),
  )
  if (preset.controls) controller.append(...bars(preset.hide_title ? null : title, preset.speed_menu, session.captions.length > 0))
  // media-chrome reads the time on timeupdate, which after a seek waits for data; this shows the new place at once.
  video.addEventListener('seeking', () => video.dispatchEvent(new Event('timeupdate')))
  // Logo and watermark lie beside the controller, so the root is what fills the screen.
  controller.fullscreenElement = root
  root.replaceChildren(controller)
  return controller
}

function poster(src: string): HTMLElement {
  const image = element('img', { slot: 'poster', class: 'poster', src, alt: '', fetchpriority: 'high' })
  image.addEventListener('error', () => image.remove())
  return image
}

function bars(title: string | null, speeds: boolean, captions: boolean): HTMLElement[] {
  return [
    ...(title === null ? [] : [element('div', { slot: 'top-chrome', class: 'title' }, [title])]),
    settings(speeds, captions),
    element('media-control-bar', { class: 'seek' }, [element('media-time-range')]),
    element('media-control-bar', { class: 'buttons' }, [
      element('media-play-button'),
      element('span', { class: 'volume' }, [element('media-mute-button'), element('media-volume-range')]),
      element('media-time-display', { showduration: '' }),
      element('span', { class: 'spacer' }),
      ...(captions ? [element('media-captions-button')] : []),
      element('media-settings-menu-button', {}, [gear()]),
      element('media-pip-button'),
      element('media-fullscreen-button'),
    ]),
  ]
}

function settings(speeds: boolean, captions: boolean): HTMLElement {
  return element('media-settings-menu', { hidden: '', anchor: 'auto' }, [
    submenu('Quality', 'media-rendition-menu'),
    ...(speeds ? [submenu('Speed', 'media-playback-rate-menu', { rates: SPEEDS })] : []),
    ...(captions ? [submenu('Captions', 'media-captions-menu')] : []),
    submenu('Audio', 'media-audio-track-menu'),
  ])
}

/** One line of the settings and the menu behind it. Lines with nothing to choose hide (see the style sheet). */
function submenu(title: string, tag: string, attributes: Record<string, string> = {}): HTMLElement {
  const menu = element(tag, { slot: 'submenu', hidden: '', ...attributes }, [element('div', { slot: 'title' }, [title])])
  return element('media-settings-menu-item', {}, [title, menu])
}

/** Eight teeth around a hub; media-chrome's own icon is three dots. */
function gear(): SVGElement {
  const svg = document.createElementNS(SVG, 'svg')
  for (const [name, value] of Object.entries({ slot: 'icon', viewBox: '0 0 24 24', 'aria-hidden': 'true' })) svg.setAttribute(name, value)
  const path = document.createElementNS(SVG, 'path')
  path.setAttribute('fill-rule', 'evenodd')
  path.setAttribute('d', GEAR)
  svg.append(path)
  return svg
}
