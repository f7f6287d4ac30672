import { EncodeProfile, Encryption } from '@avocet/shared/encode'
import { missing } from '@avocet/shared/fault'
import { z } from 'zod'
import type { Account } from '../../domain/accounts/account.ts'
import { updateSettings } from '../../domain/accounts/updateSettings.ts'
import { route } from '../../http/route.ts'

const SettingsBody = z
  .object({
    encode_codecs: EncodeProfile.shape.codecs.describe('Codecs videos are encoded in; h264 is always one.'),
    encode_encryption: Encryption.describe('none: DASH is offered beside HLS, and segments are guarded by the session alone.'),
    api_key_in_query: z.boolean().describe('Whether keys are taken as `?api_key=`, which ends up in logs. Changing it needs the scope keys:write.'),
  })
  .meta({ id: 'Settings' })
const about = { tag: 'Account', path: '/settings', output: { status: 200, body: SettingsBody } } as const

export const settingsRoutes = [
  route({
    ...about,
    method: 'GET',
    summary: 'How this account wants its videos made and its keys sent',
    needs: 'videos:read',
    rate: 'read',
    run: async ({ deps, actor }) => encodeSettings((await deps.accounts.find(actor.accountId)) ?? missing('account')),
  }),
  route({
    ...about,
    method: 'PUT',
    summary: 'Change settings; only the fields sent change',
    needs: 'videos:write',
    rate: 'write',
    input: { body: z.strictObject(SettingsBody.partial().shape) },
    async run({ deps, actor, body }) {
      return encodeSettings(await updateSettings(deps, actor, { codecs: body.encode_codecs, encryption: body.encode_encryption, queryKeyAllowed: body.api_key_in_query }))
    },
  }),
]

const encodeSettings = ({ encodeProfile: { codecs, encryption = 'aes-128' }, queryKeyAllowed }: Pick<Account, 'encodeProfile' | 'queryKeyAllowed'>) => ({
  encode_codecs: codecs,
  encode_encryption: encryption,
  api_key_in_query: queryKeyAllowed,
})
