/** media-chrome's menus read `video.videoRenditions` and `video.audioTracks`; browsers offer neither for a stream fed by script. */

export interface Rendition {
  width: number
  height: number
  bitrate: number
}

export interface AudioChoice {
  label: string
  language: string
}

/** Gives `video` a list of renditions; `select` gets the index in what was filled in, -1 for automatic. */
export function exposeRenditions(video: HTMLVideoElement, select: (index: number) => void): (renditions: readonly Rendition[]) => void {
  let selected = -1
  const { list, fill } = exposeList(video, 'videoRenditions', 'addrendition')
  Object.defineProperty(list, 'selectedIndex', {
    get: () => selected,
    set(index: number) {
      selected = index
      select(index)
      list.dispatchEvent(new Event('change'))
    },
  })
  return (renditions) => fill(renditions.map((rendition, index) => ({ ...rendition, id: String(index) })))
}

/** Gives `video` a list of sound tracks, `selected` being the one that plays. */
export function exposeAudioTracks(
  video: HTMLVideoElement,
  select: (index: number) => void,
): (tracks: readonly AudioChoice[], selected: number) => void {
  const { list, fill } = exposeList(video, 'audioTracks', 'addtrack')
  let playing = 0
  return (tracks, selected) => {
    playing = selected
    fill(
      tracks.map((track, index) => ({
        ...track,
        id: String(index),
        kind: 'main',
        get enabled() {
          return index === playing
        },
        set enabled(on: boolean) {
          if (!on || index === playing) return
          playing = index
          select(index)
          list.dispatchEvent(new Event('change'))
        },
      })),
    )
  }
}

/** An array-like event target, as the DOM's own track lists are. */
function exposeList(video: HTMLVideoElement, name: 'videoRenditions' | 'audioTracks', added: string) {
  const items: object[] = []
  const list = new EventTarget()
  Object.defineProperty(list, 'length', { get: () => items.length })
  Object.defineProperty(list, Symbol.iterator, { value: () => items[Symbol.iterator]() })
  Object.defineProperty(video, name, { value: list, configurable: true })
  const fill = (next: readonly object[]) => {
    items.splice(0, items.length, ...next)
    Object.assign(list, items)
    list.dispatchEvent(new Event(added))
  }
  return { list, fill }
}
