/** Black or white, whichever reads better on an `#rrggbb` colour (WCAG 2.2 relative luminance). */
export function textColourOn(background: string): string {
  const channel = (start: number) => {
    const value = Number.parseInt(background.slice(start, start + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  }
  const luminance = 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
  return luminance > 0.36 ? '#000' : '#fff'
}
