import { Fault } from '@avocet/shared/fault'

const DAY_MS = 24 * 3600_000

/**
 * A day `2018-01-01`, week `2018-W01`, month `2018-01`, year `2018` or range `2018-01-01/2018-01-15` as instants in UTC, the end not
 * included. Throws bad_request, named after the query member.
 */
export function parsePeriod(text: string): { from: number; to: number } {
  const [first, last, ...more] = text.split('/')
  const [from, to] = [spanOf(first ?? ''), spanOf(last ?? first ?? '')]
  if (!from || !to || more.length > 0 || to.to <= from.from) {
    throw new Fault('bad_request', 'A period is 2018-01-01, 2018-W01, 2018-01, 2018 or 2018-01-01/2018-01-15.', { errors: [{ path: 'period', message: 'This parameter must be a period.' }], inQuery: true })
  }
  return { from: from.from, to: to.to }
}

function spanOf(text: string): { from: number; to: number } | null {
  const [, year = '', week, month, day] = /^(\d{4})(?:-W(\d{2})|-(\d{2})(?:-(\d{2}))?)?$/.exec(text) ?? []
  if (year === '') return null
  if (week) return weekOf(Number(year), Number(week))
  const from = Date.UTC(Number(year), Number(month ?? 1) - 1, Number(day ?? 1))
  const to = day ? from + DAY_MS : month ? Date.UTC(Number(year), Number(month), 1) : Date.UTC(Number(year) + 1, 0, 1)
  const isReal = new Date(from).toISOString().startsWith([year, month ?? '01', day ?? '01'].join('-'))
  return isReal ? { from, to } : null
}

/** ISO 8601 weeks begin on Monday; the first holds 4 January. */
function weekOf(year: number, week: number): { from: number; to: number } | null {
  if (week < 1 || week > 53) return null
  const fourth = Date.UTC(year, 0, 4)
  const monday = fourth - ((new Date(fourth).getUTCDay() + 6) % 7) * DAY_MS
  const from = monday + (week - 1) * 7 * DAY_MS
  return { from, to: from + 7 * DAY_MS }
}
