import { expect, test } from 'vitest'
import { type Intake, isWhole } from './source.ts'

const intake = (style: Intake['style'], total: number | null): Intake => ({ videoId: 'vid_a', accountId: 'acc_a', assetId: 'ast_a', filename: 'a.mp4', style, total, createdAt: 0, expiresAt: 0 })
const parts = (...places: [position: number, sizeBytes: number][]) => places.map(([position, sizeBytes]) => ({ assetId: 'ast_a' as const, position, name: String(position), sizeBytes, sha256: '' }))

test.each([
  ['all parts', 'part', 2, parts([0, 9], [1, 1]), true],
  ['a part is missing', 'part', 3, parts([0, 9], [2, 1]), false],
  ['the total is not known yet', 'part', null, parts([0, 9]), false],
  ['nothing has come', 'part', 1, [], false],
  ['all bytes', 'bytes', 10, parts([0, 6], [6, 4]), true],
  ['as many bytes as the file has, but with a hole and an overlap', 'bytes', 20, parts([0, 10], [5, 10]), false],
  ['as many bytes as the file has, not from its beginning', 'bytes', 10, parts([5, 10]), false],
] as const)('%s', (_, style, total, sent, whole) => expect(isWhole(intake(style, total), sent)).toBe(whole))
