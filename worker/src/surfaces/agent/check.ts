import { z } from 'zod'
import { checkAssets } from '../../domain/assets/checkAssets.ts'
import { route } from '../../http/route.ts'

const count = z.number().int().nonnegative()
/** A page asks the object store once per 1,000 objects of an encode: few enough for one request on Cloudflare. */
const MOST_ASSETS = 50

export const checkRoutes = [
  route({
    method: 'GET',
    path: '/check',
    summary: 'Compare rows with stored objects, page by page; `avocet fsck` calls it',
    tag: 'Agents',
    needs: 'operator',
    rate: 'none',
    input: { query: z.strictObject({ after: z.string().max(64).default(''), limit: z.coerce.number().int().min(1).max(MOST_ASSETS).default(10) }) },
    output: {
      status: 200,
      body: z.object({
        assets: count,
        encodes: count,
        objects: count,
        losses: z.array(
          z.object({
            asset_id: z.string(),
            encode_id: z.string().nullable(),
            video_ids: z.array(z.string()),
            key: z.string(),
            expected: count.nullable().describe('Bytes; null where rows do not tell'),
            found: count.nullable().describe('null: not there'),
          }),
        ),
        next: z.string().nullable().describe('`after` of the next page; null at the end'),
      }),
    },
    async run({ deps, query }) {
      const { losses, ...counts } = await checkAssets(deps, query.after, query.limit)
      return {
        ...counts,
        losses: losses.map(({ assetId, encodeId, videoIds, key, expected, found }) => ({ asset_id: assetId, encode_id: encodeId, video_ids: videoIds, key, expected, found })),
      }
    },
  }),
]
