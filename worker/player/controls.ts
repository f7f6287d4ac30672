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

const SPEEDS = '0.5 0.75 1 1.25 1.5 1.75 2'

/** Shows `video` in `root` inside its controls, as the preset wants them. */
export function addControls(root: HTMLElement, video: HTMLVideoElement, { preset, title }: PlayerPage, session: PlaybackSession): MediaController {
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
  if (preset.controls) controller.append(...bars(title, preset.speed_menu, session.captions.length > 0))
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

function bars(title: string, speeds: boolean, captions: boolean): HTMLElement[] {
  return [
    element('div', { slot: 'top-chrome', class: 'title' }, [title]),
    settings(speeds, captions),
    element('media-control-bar', { class: 'seek' }, [element('media-time-range')]),
    element('media-control-bar', { class: 'buttons' }, [
      element('media-play-button'),
      element('span', { class: 'volume' }, [element('media-mute-button'), element('media-volume-range')]),
      element('media-time-display', { showduration: '' }),
      element('span', { class: 'spacer' }),
      ...(captions ? [element('media-captions-button')] : []),
      element('media-settings-menu-button'),
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

/** One line of the settings and the menu behind it. Quality and Audio hide while there is nothing to choose (see the style sheet). */
function submenu(title: string, tag: string, attributes: Record<string, string> = {}): HTMLElement {
  const menu = element(tag, { slot: 'submenu', hidden: '', ...attributes }, [element('div', { slot: 'title' }, [title])])
  return element('media-settings-menu-item', { class: title.toLowerCase() }, [title, menu])
}
