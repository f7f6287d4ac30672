/** Parts of a file that do not go together, each refused by its own name (contract section 5). */
import { beforeAll, expect, test } from 'vitest'
import { deps, type Tenant, tenant } from '../../support/site.ts'
import { container, refusalOf, upload } from './client.ts'

const MIB = 1024 * 1024
/** Bytes that no two parts share. */
const bytes = (size: number, seed: number) => new Uint8Array(size).map((_, at) => (at * 31 + seed * 97 + (at >> 8)) & 255)
let mine: Tenant
beforeAll(async () => {
  mine = await tenant()
})
const storage = async ({ accountId }: Tenant) => {
  const account = await deps.accounts.find(accountId)
  return [account?.storageUsedBytes, account?.storageReservedBytes]
}

test.each([
  ['part x/2', 'malformed'],
  ['part 1', 'malformed'],
  ['part -1/2', 'malformed'],
  ['part 1.5/2', 'malformed'],
  ['part */2', 'malformed'],
  ['bytes 0-9/*', 'malformed'],
  ['bytes 0-9', 'malformed'],
  ['bytes -9/10', 'malformed'],
  ['bytes=0-9/10', 'malformed'],
  ['seconds 0-9/10', 'malformed'],
  ['part 1/2, part 2/2', 'malformed'],
  ['part 99999999999999999999/2', 'malformed'],
  ['part 0/2', 'by-part-part-zero'],
  ['part 1/0', 'by-part-total-parts-zero'],
  ['part 10001/*', 'by-part-part-too-high-allowed'],
  ['part 1/10001', 'by-part-total-parts-too-high'],
  ['part 3/2', 'by-part-part-too-high-total'],
  ['part 1/2', 'by-part-uploaded-file-too-small'],
  ['bytes 0-9/0', 'by-bytes-total-bytes-zero'],
  ['bytes 0-9/52428800001', 'by-bytes-total-bytes-too-high'],
  ['bytes 9-0/100', 'by-bytes-from-byte-too-high'],
  ['bytes 0-100/100', 'by-bytes-to-byte-too-high-total'],
  ['bytes 52428799999-52428800000/52428800000', 'by-bytes-to-byte-too-high-allowed'],
  ['bytes 0-209715200/300000000', 'by-bytes-range-too-large'],
  ['bytes 0-8/10', 'by-bytes-range-mismatch'],
  ['bytes 0-9/100', 'by-bytes-range-too-small'],
])('Content-Range: %s is refused as %s, and nothing is kept', async (range, slug) => {
  const owner = await tenant()
  const id = await container(owner)
  expect(await refusalOf(upload(owner, id, bytes(10, 1), { range }))).toEqual([400, `video-content-range-${slug}`])
  expect(await storage(owner)).toEqual([0, 0])
})

test.each([
  ['part 1/3', 'part 2/4', 'by-part-different-total-parts'],
  ['part 1/3', 'part 2/2', 'by-part-different-total-parts'],
  ['part 3/*', 'part 2/2', 'by-part-total-parts-too-low'],
  ['part 3/3', 'part 1/2', 'by-part-total-parts-too-low'],
  ['part 1/3', 'bytes 0-9/10', 'started-with-part'],
  [`bytes 0-${5 * MIB - 1}/${6 * MIB}`, 'part 2/2', 'started-with-bytes'],
  [`bytes 0-${5 * MIB - 1}/${6 * MIB}`, `bytes ${5 * MIB}-${5 * MIB + 9}/${5 * MIB + 10}`, 'by-bytes-different-total-bytes'],
  [`bytes 0-${5 * MIB - 1}/${6 * MIB}`, 'bytes 0-9/10', 'by-bytes-total-bytes-too-low'],
  [`bytes ${MIB}-${6 * MIB - 1}/${7 * MIB}`, `bytes 0-${MIB - 1}/${5 * MIB}`, 'by-bytes-total-bytes-too-low'],
  [`bytes 0-${5 * MIB - 1}/${6 * MIB}`, `bytes 10-19/${6 * MIB}`, 'by-bytes-range-overlap'],
  [`bytes ${MIB}-${6 * MIB - 1}/${7 * MIB}`, `bytes ${MIB - 1}-${MIB + 8}/${7 * MIB}`, 'by-bytes-range-overlap'],
  [`bytes 0-${5 * MIB - 1}/${6 * MIB}`, `bytes 0-9/${6 * MIB}`, 'by-bytes-range-overlap'],
  [`bytes 0-${5 * MIB - 1}/${6 * MIB}`, undefined, 'already-initiated'],
  ['part 1/3', undefined, 'already-initiated'],
])('after %s, %s is refused as %s', async (first, second, slug) => {
  const id = await container(mine)
  expect((await upload(mine, id, bytes(5 * MIB, 1), { range: first })).status).toBe(201)
  expect(await refusalOf(upload(mine, id, bytes(10, 2), second ? { range: second } : {}))).toEqual([400, `video-content-range-${slug}`])
})
