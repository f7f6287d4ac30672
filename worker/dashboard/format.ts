/** Words for numbers, as people read them. */

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB']

/** `1.4 GB`; decimal units, as systems show file sizes. */
export function sizeText(bytes: number): string {
  const step = bytes < 1_000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3))
  const value = bytes / 1_000 ** step
  return `${value >= 100 || step === 0 ? Math.round(value) : value.toFixed(1)} ${UNITS[step]}`
}

/** `40 s left`, `12 min left`, `3 h left`. */
export function leftText(seconds: number): string {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s left`
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min left`
  return `${Math.round(seconds / 3_600)} h left`
}
