import { expect, test } from 'vitest'
import { loudnessOf } from './loudness.ts'

const summary = (integrated: string, peak: string) => `
[Parsed_ebur128_2 @ 0x1] Summary:

  Integrated loudness:
    I:         ${integrated} LUFS
    Threshold: -31.1 LUFS

  Loudness range:
    LRA:         3.5 LU
    Threshold: -41.2 LUFS
    LRA low:   -24.0 LUFS
    LRA high:  -20.5 LUFS

  True peak:
    Peak:      ${peak} dBFS
size=N/A time=00:00:03.00`

test('the summary of the meter is read, the last one where there are several', () => {
  expect(loudnessOf(summary('-70.0', '-inf') + summary('-21.1', '-17.9'))).toEqual({ integratedLufs: -21.1, truePeakDbtp: -17.9, rangeLu: 3.5 })
})

test('silence has no loudness, and no summary none', () => {
  expect(loudnessOf(summary('-70.0', '-inf'))).toBeNull()
  expect(loudnessOf(summary('-70.0', '-80.1'))).toBeNull()
  expect(loudnessOf('frame= 1')).toBeNull()
})
