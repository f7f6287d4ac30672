import { expect, test } from 'vitest'
import { mayPass, retryWait } from './retry.ts'

test('waits are spread from nothing to a doubling ceiling of half a minute, and respect Retry-After', () => {
  expect(retryWait(1, 0, 0)).toBe(0)
  expect(retryWait(1, 0, 0.999)).toBeLessThanOrEqual(1_000)
  expect(retryWait(4, 0, 0.5)).toBe(4_000)
  expect(retryWait(40, 0, 0.999)).toBeLessThanOrEqual(30_000)
  expect(retryWait(1, 60, 0)).toBe(60_000)
})

test('what may pass is tried again, what is final is not', () => {
  for (const [status, code] of [[0, ''], [500, ''], [503, 'storage_unavailable'], [429, 'rate_limited'], [408, ''], [409, 'upload_completing'], [400, 'digest_mismatch']] as const)
    expect([status, mayPass(status, code)]).toEqual([status, true])
  for (const [status, code] of [[400, 'chunk_empty'], [401, 'api_key_revoked'], [403, 'quota_exceeded'], [404, 'upload_not_found'], [409, 'chunk_conflict'], [410, 'upload_expired'], [413, 'file_too_large']] as const)
    expect([status, mayPass(status, code)]).toEqual([status, false])
})
