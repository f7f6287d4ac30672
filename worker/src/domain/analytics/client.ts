/** What a User-Agent says it is, `version` as far as it is of use. Names are '' where it says nothing known. Pure. */
export interface Client {
  os: Named
  browser: Named
}
export interface Named {
  name: string
  version: string
}

// The order matters: most browsers claim to be others as well.
const SYSTEMS: readonly (readonly [name: string, told: RegExp])[] = [
  ['Tizen', /Tizen (\d+)/],
  ['webOS', /(?:Web0S|webOS)(?:\D{0,9}(\d+))?/],
  ['iOS', /(?:iPhone|iPad|iPod).{0,40}? OS (\d+)/],
  ['Android', /Android (\d+)?/],
  ['ChromeOS', /CrOS/],
  ['Windows', /Windows NT (\d+\.\d+)/],
  ['macOS', /Mac OS X (\d+[._]\d+)/],
  ['Linux', /Linux|X11/],
]
const BROWSERS: readonly (readonly [name: string, told: RegExp])[] = [
  ['Edge', /\bEdg(?:e|A|iOS)?\/(\d+)/],
  ['Opera', /\bOPR\/(\d+)/],
  ['Samsung Internet', /\bSamsungBrowser\/(\d+)/],
  ['Firefox', /\b(?:Firefox|FxiOS)\/(\d+)/],
  ['Chrome', /\b(?:Chrome|CriOS)\/(\d+)/],
  ['Safari', /\bVersion\/(\d+).{0,60}Safari\//],
]

export const clientOf = (userAgent: string): Client => ({ os: firstOf(SYSTEMS, userAgent), browser: firstOf(BROWSERS, userAgent) })

function firstOf(known: typeof SYSTEMS, userAgent: string): Named {
  for (const [name, told] of known) {
    const match = told.exec(userAgent)
    if (match) return { name, version: (match[1] ?? '').replace('_', '.') }
  }
  return { name: '', version: '' }
}
