import { expect, test } from 'vitest'
import { fieldsOf, mayHideFields } from './fieldOrder.ts'

const line = (top: number, bottom: number, whole: number) =>
  `[Parsed_idet_0 @ 0x1] Single frame detection: TFF:9 BFF:9 Progressive:9\n[Parsed_idet_0 @ 0x1] Multi frame detection: TFF:${String(top).padStart(6)} BFF:     ${bottom} Progressive:    ${whole} Undetermined:     3`

test('most frames decide; few prove nothing', () => {
  expect(fieldsOf(line(90, 2, 8))).toBe('tff')
  expect(fieldsOf(line(2, 60, 8))).toBe('bff')
  expect(fieldsOf(line(40, 2, 58))).toBeNull()
  expect(fieldsOf(line(5, 0, 0))).toBeNull()
  expect(fieldsOf('something else')).toBeNull()
})

test('only what says nothing and looks like broadcast is looked at', () => {
  const stream = { codec_name: 'ffv1', height: 576 }
  expect(mayHideFields(stream, 25)).toBe(true)
  expect(mayHideFields({ ...stream, field_order: 'progressive' }, 25)).toBe(false)
  expect(mayHideFields({ ...stream, field_order: 'tt' }, 25)).toBe(false)
  expect(mayHideFields({ ...stream, codec_name: 'vp9' }, 25)).toBe(false)
  expect(mayHideFields({ ...stream, height: 720 }, 25)).toBe(false)
  expect(mayHideFields(stream, 50)).toBe(false)
})
