import { expect, test } from 'vitest'
import { averageRate, peakRate, worthwhileRungs } from './rates.ts'

/** Segments of so many seconds and kilobits. */
const rendition = (...segments: [seconds: number, kilobits: number][]) => ({
  timescale: 1000,
  segments: segments.map(([seconds, kilobits]) => ({ duration: seconds * 1000, bytes: (kilobits * 1000) / 8 })),
})

test.each([
  ['the heaviest segment is the peak', rendition([4, 4000], [4, 8000], [4, 400]), 2_000_000],
  ['a last segment too short to fill a buffer counts with the one before it', rendition([4, 4000], [1, 3000]), 7_000_000 / 5],
  ['a last segment of half a target counts alone', rendition([4, 4000], [2, 4000]), 2_000_000],
  ['what is shorter than half a target has its average', rendition([0.5, 1000]), 2_000_000],
])('%s', (_, made, peak) => {
  expect(peakRate(made)).toBeCloseTo(peak)
})

test('the average is all bits over all seconds', () => {
  expect(averageRate(rendition([4, 4000], [1, 500]))).toBeCloseTo(900_000)
})

test.each([
  ['a rung that costs more than 0.8 of the one above goes', [1000, 810, 400, 100], [1000, 400, 100]],
  ['exactly 0.8 stays', [1000, 800, 400], [1000, 800, 400]],
  ['what is measured against is the rung above that stayed', [1000, 900, 850, 700, 100], [1000, 700, 100]],
  ['the lowest stays whatever it costs', [1000, 990], [1000, 990]],
  ['smaller rungs that cost more go too', [500, 600, 300], [500, 300]],
  ['one rung is one rung', [700], [700]],
  ['nothing is nothing', [], []],
])('%s', (_, averages, kept) => {
  expect(worthwhileRungs(averages.map((average) => ({ average }))).map(({ average }) => average)).toEqual(kept)
})
