import { expect, test } from 'vitest'
import { parsePeriod } from './period.ts'

const spell = (text: string) => {
  const { from, to } = parsePeriod(text)
  return [from, to].map((at) => new Date(at).toISOString().slice(0, 10))
}

test.each([
  ['2018-01-31', '2018-01-31', '2018-02-01'],
  ['2018-W01', '2018-01-01', '2018-01-08'],
  ['2021-W01', '2021-01-04', '2021-01-11'],
  ['2020-W53', '2020-12-28', '2021-01-04'],
  ['2018-12', '2018-12-01', '2019-01-01'],
  ['2018', '2018-01-01', '2019-01-01'],
  ['2018-01-01/2018-01-15', '2018-01-01', '2018-01-16'],
])('%s is from %s to %s', (text, from, to) => {
  expect(spell(text)).toEqual([from, to])
})

test.each(['', 'now', '2018-13', '2018-02-30', '2018-W54', '2018-01-15/2018-01-01', '2018/2019/2020', '18'])('%j is no period', (text) => {
  expect(() => parsePeriod(text)).toThrow('A period is')
})
