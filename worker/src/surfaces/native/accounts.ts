import { z } from 'zod'
import { suspendAccount } from '../../domain/accounts/suspendAccount.ts'
import { route } from '../../http/route.ts'
import { Iso, idParam, isoOrNull } from './codec.ts'

export const accountRoutes = [
  route({
    tag: 'Account',
    needs: 'operator',
    rate: 'none',
    method: 'PUT',
    path: '/accounts/:id',
    summary: 'Suspend an account, or let it back in: meanwhile its keys, sessions and upload tokens open nothing, and its videos go on playing',
    input: { params: z.object({ id: idParam('account') }), body: z.strictObject({ suspended: z.boolean() }) },
    output: { status: 200, body: z.object({ id: z.string(), name: z.string(), suspended_at: Iso.nullable() }) },
    async run({ deps, params, body }) {
      const { id, name, suspendedAt } = await suspendAccount(deps, params.id, body.suspended)
      return { id, name, suspended_at: isoOrNull(suspendedAt) }
    },
  }),
]
