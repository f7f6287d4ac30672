import { missing } from '@avocet/shared/fault'
import { z } from 'zod'
import { route } from '../../http/route.ts'

const count = z.number().int().nonnegative()

export const accountRoutes = [
  route({
    method: 'GET',
    path: '/account',
    summary: 'The account: its quota in bytes and what it can do',
    tag: 'Account',
    needs: 'signedIn',
    rate: 'read',
    output: {
      status: 200,
      body: z.object({
        quota: z.object({ quotaUsed: count, quotaRemaining: count, quotaTotal: count }),
        environment: z.literal('production'),
        features: z.array(z.string()),
      }),
    },
    async run({ deps, actor }) {
      const { storageUsedBytes: used, storageReservedBytes: reserved, storageQuotaBytes: total } = (await deps.accounts.find(actor.accountId)) ?? missing('account')
      return {
        quota: { quotaUsed: used, quotaRemaining: Math.max(0, total - used - reserved), quotaTotal: total },
        environment: 'production',
        features: ['app.dynamic_metadata', 'app.event_log', 'player.white_label', 'stats.player_events', 'transcode.mp4_support'],
      }
    },
  }),
]
