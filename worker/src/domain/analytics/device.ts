export type Device = 'desktop' | 'mobile' | 'tablet' | 'tv' | 'other'

/** What kind of device a User-Agent names, as far as it tells. iPads call themselves Macs; they count as desktops. */
export function deviceOf(userAgent: string): Device {
  if (/smart-?tv|tizen|web0s|webos|appletv|googletv|bravia|aft[a-z]|roku|crkey/i.test(userAgent)) return 'tv'
  if (/ipad|tablet|kindle|silk|android(?!.{0,200}mobile)/i.test(userAgent)) return 'tablet'
  if (/mobi|iphone|android/i.test(userAgent)) return 'mobile'
  return /windows|macintosh|linux|cros|x11/i.test(userAgent) ? 'desktop' : 'other'
}
