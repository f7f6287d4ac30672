import { z } from 'zod'
import { listTags } from '../../domain/videos/listTags.ts'
import { route } from '../../http/route.ts'
import { encodePage, PageQuery, pageOf, SortOrder, sliceOf } from './codec.ts'

export const tagRoutes = [
  route({
    method: 'GET',
    path: '/tags',
    summary: 'List tags with how many videos carry them',
    tag: 'Videos',
    needs: 'videos:read',
    rate: 'read',
    input: { query: PageQuery.extend({ value: z.string().max(255).default(''), sortBy: z.enum(['value', 'videoCount']).default('value'), sortOrder: SortOrder }) },
    output: { status: 200, body: pageOf(z.object({ value: z.string(), videoCount: z.number().int() })) },
    async run({ deps, actor, query, request }) {
      const slice = sliceOf(query)
      const sort = `${query.sortOrder === 'desc' ? '-' : ''}${query.sortBy === 'value' ? 'tag' : 'videos'}` as const
      return encodePage(request, slice, await listTags(deps, actor, { search: query.value, sort }, slice), ({ tag, videos }) => ({ value: tag, videoCount: videos }))
    },
  }),
]
