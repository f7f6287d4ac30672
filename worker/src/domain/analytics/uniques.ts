/**
 * How many different ones there were, without keeping them all: the 1,024 smallest of their hashes (bottom-k, "k minimum values").
 * Exact up to 1,024; above, the standard error is 1 / sqrt(1,022) = 3.1 %. Sketches of days, taken together, are the sketch of the time. Pure.
 */
const KEPT = 1024
const DIGITS = 12
const SPACE = 16 ** DIGITS

/** Hashes of 12 hex digits one after another, sorted. */
export type Uniques = string

/** `hash`: hex, its first 12 digits uniform. */
export function addUnique(sketch: Uniques, hash: string): Uniques {
  const wanted = hash.slice(0, DIGITS)
  let [low, high] = [0, sketch.length / DIGITS]
  if (high === KEPT && wanted >= sketch.slice(-DIGITS)) return sketch
  while (low < high) {
    const middle = (low + high) >> 1
    if (sketch.slice(middle * DIGITS, (middle + 1) * DIGITS) < wanted) low = middle + 1
    else high = middle
  }
  const at = low * DIGITS
  if (sketch.startsWith(wanted, at)) return sketch
  return (sketch.slice(0, at) + wanted + sketch.slice(at)).slice(0, KEPT * DIGITS)
}

export function mergeUniques(a: Uniques, b: Uniques): Uniques {
  return [...new Set([...hashesOf(a), ...hashesOf(b)])].sort().slice(0, KEPT).join('')
}

export function countUniques(sketch: Uniques): number {
  const hashes = hashesOf(sketch)
  if (hashes.length < KEPT) return hashes.length
  return Math.round(((KEPT - 1) * SPACE) / Number.parseInt(hashes.at(-1) as string, 16))
}

const hashesOf = (sketch: Uniques): string[] => sketch.match(/.{12}/g) ?? []
