declare module 'mpd-parser' {
  /** What of a manifest a player needs; see the package for the shape. */
  export function parse(text: string, options: { manifestUri: string }): unknown
}
