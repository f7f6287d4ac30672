import { missing } from '@avocet/shared/fault'
import { z } from 'zod'
import { SCOPES } from '../../domain/actor.ts'
import { route } from '../../http/route.ts'

export const meRoutes = [
  route({
    method: 'GET',
    path: '/me',
    summary: 'Whose credential this is and what it may do',
    tag: 'Account',
    needs: 'signedIn',
    rate: 'read',
    output: {
      status: 200,
      body: z.object({
        account: z.object({ id: z.string(), name: z.string() }),
        credential: z.object({ kind: z.enum(['apiKey', 'user']), id: z.string() }),
        scopes: z.array(z.enum(SCOPES)),
        limits: z.object({ max_upload_size: z.number().int(), direct_upload_max_size: z.number().int() }),
      }),
    },
    async run({ deps, actor }) {
      const account = (await deps.accounts.find(actor.accountId)) ?? missing('account')
      return {
        account: { id: account.id, name: account.name },
        credential: { kind: actor.kind, id: actor.subjectId },
        scopes: actor.scopes,
        limits: { max_upload_size: deps.config.maxUploadBytes, direct_upload_max_size: deps.config.directUploadMaxBytes },
      }
    },
  }),
]
