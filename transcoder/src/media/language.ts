/** A container's language tag (often ISO 639-2, `eng`) as BCP-47; `und` when it is none. */
export function toBcp47(tag: string | undefined): string {
  if (!tag || tag === 'und') return 'und'
  try {
    // Canonicalising shortens three-letter codes where a two-letter one exists (RFC 5646 section 2.2.1).
    return Intl.getCanonicalLocales(BIBLIOGRAPHIC[tag] ?? tag)[0] ?? 'und'
  } catch {
    return 'und'
  }
}

/** ISO 639-2/B codes, which Matroska uses and BCP-47 does not. */
const BIBLIOGRAPHIC: Record<string, string> = {
  alb: 'sq',
  arm: 'hy',
  baq: 'eu',
  bur: 'my',
  chi: 'zh',
  cze: 'cs',
  dut: 'nl',
  fre: 'fr',
  geo: 'ka',
  ger: 'de',
  gre: 'el',
  ice: 'is',
  mac: 'mk',
  mao: 'mi',
  may: 'ms',
  per: 'fa',
  rum: 'ro',
  slo: 'sk',
  tib: 'bo',
  wel: 'cy',
}
