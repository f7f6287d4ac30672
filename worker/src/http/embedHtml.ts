/** Markup for other people's pages. The address holds nothing but our origin and a token, so there is nothing to escape. */
export interface FrameSize {
  width: number
  height: number
}

const ALLOWED = 'autoplay; fullscreen; picture-in-picture; encrypted-media'
/** The domain lock reads the embedding site from the Referer: a page's stricter policy must not keep it from this one frame. */
const ATTRIBUTES = `title="Video player" allow="${ALLOWED}" referrerpolicy="strict-origin-when-cross-origin" allowfullscreen`
const DEFAULT: FrameSize = { width: 640, height: 360 }

/** The player in a frame of a fixed size. */
export function embedHtml(watchUrl: string, { width, height } = DEFAULT): string {
  return `<iframe src="${watchUrl}" width="${width}" height="${height}" style="border:0" ${ATTRIBUTES}></iframe>`
}

/** The player as wide as its surroundings, in the video's shape. */
export function responsiveEmbedHtml(watchUrl: string, { width, height } = DEFAULT): string {
  return `<iframe src="${watchUrl}" style="border:0;width:100%;aspect-ratio:${width}/${height}" ${ATTRIBUTES}></iframe>`
}

/** The largest size of the video's shape within bounds; whole pixels, at least one. */
export function fitted({ width, height }: FrameSize, maxWidth: number, maxHeight: number): FrameSize {
  const scale = Math.min(maxWidth / width, maxHeight / height)
  return { width: Math.max(1, Math.floor(width * scale)), height: Math.max(1, Math.floor(height * scale)) }
}
